// The page's small behaviours, each in its own module. All listen on the document and look at
// data-attributes, so swapped-in fragments need no setting up.
import "./command.js";
import "./copy.js";
import "./counter.js";
import "./focus.js";
import "./insert.js";
import "./keys.js";
import "./menu.js";
import "./once.js";
import "./theme_choice.js";
import "./toast.js";
import "./token.js";
import "./typed.js";
import "./unsaved.js";
