"""People are in finer regions, which know their country's price; situations have two more facts.

Keeps every row. A person's region follows their country (the table below is that of the day of
this migration). A stored situation code had the region in the place of 3,840; it now has two facts
of WhatsApp there, which nobody had, and the region in the place of 15,360.
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

REGIONS = {
    8: 'CA',
    9: 'AT BE DK FI IE PT SE',
    10: 'BG CZ GR HR LT LV SI SK',
    11: 'DE',
    12: 'ES',
    13: 'FR',
    14: 'HU',
    15: 'IT',
    16: 'NL',
    17: 'PL',
    18: 'RO',
    19: 'NO',
    20: 'IS',
    21: 'LI',
    22: 'CH',
    23: 'AL AM AZ BY GE MD MK RS',
    24: 'AO BF BI BJ BW CG CI CM DZ ER ET GA GH GM GW KE LR LS LY MG ML MR MW MZ NA NE RW SD SL SN SO SS SZ TD TG TN TZ UG ZM ZW',
    25: 'AF CN KH LA MN NZ PG PH TH TJ TM TW UZ VN',
    26: 'BO CR DO EC GT HN HT JM NI PA PR PY SV UY VE',
    27: 'BH JO LB YE',
    28: 'AE',
    29: 'AR',
    30: 'BD',
    31: 'BR',
    32: 'CL',
    33: 'CO',
    34: 'EG',
    35: 'HK',
    36: 'ID',
    37: 'IL',
    38: 'IN',
    39: 'IQ',
    40: 'KW',
    41: 'KZ',
    42: 'LK',
    43: 'MA',
    44: 'MX',
    45: 'MY',
    46: 'NG',
    47: 'NP',
    48: 'OM',
    49: 'PE',
    50: 'PK',
    51: 'QA',
    52: 'RU',
    53: 'SA',
    54: 'SG',
    55: 'TR',
    56: 'UA',
    57: 'ZA',
    58: 'CU',
    59: 'IR',
    60: 'KP',
    61: 'SY',
}
EUROPE, OTHER = 1, 7  # the regions of 0001 these countries were in
IN_EUROPE = 'AT BE BG CZ DE DK ES FI FR GR HR HU IE IS IT LI LT LV NL NO PL PT RO SE SI SK'
BEFORE, AFTER = 3840, 15360  # the place value of the region


def upgrade() -> None:
    for region, countries in REGIONS.items():
        _move(region, countries)
    # By way of negative numbers, so that a run has each code once at every moment.
    op.execute(
        f'UPDATE decision SET situation = '
        f'-1 - (situation % {BEFORE} + (situation / {BEFORE}) * {AFTER})'
    )
    op.execute('UPDATE decision SET situation = -1 - situation WHERE situation < 0')


def downgrade() -> None:
    """Codes that tell more than the older ones could are taken out of use, each kept apart by its
    row's id: a run in the middle of its plan decides anew."""
    _move(OTHER, ' '.join(REGIONS.values()))
    _move(EUROPE, IN_EUROPE)
    op.execute('UPDATE decision SET situation = -1 - id')


def _move(region: int, countries: str) -> None:
    people = sa.table('subscriber', sa.column('region', sa.Integer), sa.column('country', sa.String))
    op.execute(
        people.update().where(people.c.country.in_(countries.split())).values(region=region)
    )
