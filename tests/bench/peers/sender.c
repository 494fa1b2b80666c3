/* The least a sender can cost with our durability: the same two commits a wave, and libcurl.

   sender DATABASE URL MESSAGES. Makes MESSAGES rows, then for each wave: claim, commit, ask, record,
   commit, on SQLite with a write-ahead log and full sync. Prints: sent, CPU seconds, wall seconds,
   of the sending alone. It decides nothing about anybody and has one index. */

#include <curl/curl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define WAVE 250
#define FLYING 64

typedef struct { CURL *easy; long id; int slot; char body[256]; char answer[512]; size_t length; } Flight;

static sqlite3 *db;
static long wave[WAVE];
static char keys[WAVE][80];

static void run(const char *sql) {
    char *error = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) { fprintf(stderr, "%s\n", error); exit(1); }
}

static sqlite3_stmt *prepared(const char *sql) {
    sqlite3_stmt *made = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &made, NULL) != SQLITE_OK) { fprintf(stderr, "%s\n", sqlite3_errmsg(db)); exit(1); }
    return made;
}

static void step(sqlite3_stmt *statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) { fprintf(stderr, "%s\n", sqlite3_errmsg(db)); exit(1); }
    sqlite3_reset(statement);
}

static double now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static size_t keep(char *data, size_t size, size_t count, void *to) {
    Flight *flight = to;
    size_t room = sizeof flight->answer - 1 - flight->length, got = size * count < room ? size * count : room;
    memcpy(flight->answer + flight->length, data, got);
    flight->length += got;
    flight->answer[flight->length] = 0;
    return size * count;
}

static void make_rows(long messages) {
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run("CREATE TABLE delivery (id INTEGER PRIMARY KEY, recipient TEXT NOT NULL, state INTEGER NOT NULL,"
        " worker INTEGER, claimed_at TEXT, message_id TEXT, sent_at TEXT)");
    run("CREATE INDEX queue ON delivery (state, id)");
    run("BEGIN IMMEDIATE");
    sqlite3_stmt *row = prepared("INSERT INTO delivery (id, recipient, state) VALUES (?1, 'b' || ?1, 0)");
    for (long id = 1; id <= messages; id++) { sqlite3_bind_int64(row, 1, id); step(row); }
    sqlite3_finalize(row);
    run("COMMIT");
}

static int claim(sqlite3_stmt *next, sqlite3_stmt *take) {
    int count = 0;
    run("BEGIN IMMEDIATE");
    while (sqlite3_step(next) == SQLITE_ROW) wave[count++] = sqlite3_column_int64(next, 0);
    sqlite3_reset(next);
    for (int i = 0; i < count; i++) { sqlite3_bind_int64(take, 1, wave[i]); step(take); }
    run("COMMIT");
    return count;
}

static void record(sqlite3_stmt *sent, int count) {
    run("BEGIN IMMEDIATE");
    for (int i = 0; i < count; i++) {
        sqlite3_bind_text(sent, 1, keys[i], -1, SQLITE_STATIC);
        sqlite3_bind_int64(sent, 2, wave[i]);
        step(sent);
    }
    run("COMMIT");
}

static void start(CURLM *multi, Flight *flight, int slot) {
    flight->slot = slot;
    flight->id = wave[slot];
    flight->length = 0;
    int size = snprintf(flight->body, sizeof flight->body,
        "{\"recipient\":{\"id\":\"b%ld\"},\"messaging_type\":\"UPDATE\",\"message\":{\"text\":"
        "\"Our doors open at nine.\",\"metadata\":\"fl:%ld\"}}", flight->id, flight->id);
    curl_easy_setopt(flight->easy, CURLOPT_POSTFIELDSIZE, (long)size);
    curl_easy_setopt(flight->easy, CURLOPT_POSTFIELDS, flight->body);
    curl_multi_add_handle(multi, flight->easy);
}

static void land(Flight *flight) {
    char *from = strstr(flight->answer, "\"message_id\":\"");
    if (from == NULL) { fprintf(stderr, "no message id: %s\n", flight->answer); exit(1); }
    snprintf(keys[flight->slot], sizeof keys[0], "%.*s", (int)strcspn(from + 14, "\""), from + 14);
}

static void send_wave(CURLM *multi, Flight *flights, int count) {
    int next = 0, done = 0, running = 0;
    for (; next < count && next < FLYING; next++) start(multi, &flights[next], next);
    while (done < count) {
        curl_multi_perform(multi, &running);
        int left = 0;
        for (CURLMsg *message; (message = curl_multi_info_read(multi, &left)) != NULL;) {
            Flight *flight = NULL;
            if (message->data.result != CURLE_OK) { fprintf(stderr, "%s\n", curl_easy_strerror(message->data.result)); exit(1); }
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&flight);
            curl_multi_remove_handle(multi, flight->easy);
            land(flight);
            done++;
            if (next < count) start(multi, flight, next++);
        }
        if (done < count) curl_multi_poll(multi, NULL, 0, 100, NULL);
    }
}

int main(int argc, char **argv) {
    if (argc != 4 || sqlite3_open(argv[1], &db) != SQLITE_OK) return 2;
    make_rows(atol(argv[3]));
    curl_global_init(CURL_GLOBAL_ALL);
    CURLM *multi = curl_multi_init();
    struct curl_slist *heads = curl_slist_append(NULL, "Content-Type: application/json");
    heads = curl_slist_append(heads, "Authorization: Bearer bench");
    heads = curl_slist_append(heads, "Expect:");
    static Flight flights[FLYING];
    for (int i = 0; i < FLYING; i++) {
        CURL *easy = flights[i].easy = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_URL, argv[2]);
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, heads);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &flights[i]);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, &flights[i]);
    }
    sqlite3_stmt *next = prepared("SELECT id FROM delivery WHERE state = 0 ORDER BY id LIMIT 250");
    sqlite3_stmt *take = prepared("UPDATE delivery SET state = 1, worker = 1, claimed_at = datetime('now') WHERE id = ?1");
    sqlite3_stmt *sent = prepared("UPDATE delivery SET state = 2, message_id = ?1, sent_at = datetime('now') WHERE id = ?2 AND state = 1");
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    long total = 0;
    for (int count; (count = claim(next, take)) > 0; total += count) {
        send_wave(multi, flights, count);
        record(sent, count);
    }
    printf("%ld %f %f\n", total, now(CLOCK_PROCESS_CPUTIME_ID) - cpu, now(CLOCK_MONOTONIC) - wall);
    return 0;
}
