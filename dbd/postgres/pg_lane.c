#include "pg_lane.h"

#include "log.h"
#include "pg_health.h"

#include <string.h>

enum { PAUSE_FIRST = 20, PAUSE_MOST = 500, SILENCE_CHECK = 500, PROVEN = 1000 /* milliseconds */ };

static void retry_later(struct pg_lane *lane)
{
	loop_timer_set(lane->loop, &lane->retry, lane->pause);
	lane->pause = lane->pause == 0 ? PAUSE_FIRST : 2 * lane->pause;
	if (lane->pause > PAUSE_MOST)
		lane->pause = PAUSE_MOST;
}

static void on_retry(struct timer *timer)
{
	struct pg_lane *lane = CONTAINER_OF(timer, struct pg_lane, retry);

	pg_connecting_start(&lane->connecting);
}

static void open_link(struct pg_lane *lane, PGconn *conn)
{
	lane->opened = loop_now(lane->loop);
	pg_health_opened();
	pg_link_open(&lane->link, conn);
	loop_timer_set(lane->loop, &lane->silence, SILENCE_CHECK);
	lane->on_up(lane);
	pg_link_flush(&lane->link);
}

static void on_connected(
	struct pg_connecting *connecting, PGconn *conn, const char *state, const char *reason)
{
	struct pg_lane *lane = CONTAINER_OF(connecting, struct pg_lane, connecting);

	if (conn) {
		open_link(lane, conn);
		return;
	}
	pg_health_refused(&lane->is_down, loop_now(lane->loop), state, reason);
	retry_later(lane);
}

static void lose(
	struct pg_lane *lane, enum stat_reconnect cause, const char *state, const char *reason)
{
	pg_health_closed();
	loop_timer_cancel(lane->loop, &lane->silence);
	/* A connection that was soon lost proves nothing. */
	if (loop_now(lane->loop) - lane->opened >= PROVEN)
		lane->pause = 0;
	pg_health_lost(&lane->is_down, loop_now(lane->loop), cause, state, reason);
	lane->on_down(lane);
	if (lane->wanted)
		retry_later(lane);
}

static void on_lost(struct pg_link *link, const char *state, const char *reason)
{
	lose(CONTAINER_OF(link, struct pg_lane, link), STAT_RECONNECT_LOST, state, reason);
}

static void on_link_turn(struct pg_link *link)
{
	struct pg_lane *lane = CONTAINER_OF(link, struct pg_lane, link);

	lane->on_turn(lane);
}

/* What the server has said is the better reason. */
static void renew(
	struct pg_lane *lane, enum stat_reconnect cause, const char *state, const char *reason)
{
	if (!lane->link.conn)
		return;
	pg_link_close(&lane->link);
	if (lane->link.state[0])
		lose(lane, cause, lane->link.state, lane->link.reason);
	else
		lose(lane, cause, state, reason);
}

/* From PostgreSQL 14 on. */
static bool is_standby(const PGconn *conn)
{
	const char *value = PQparameterStatus(conn, "in_hot_standby");

	return value && strcmp(value, "on") == 0;
}

/* Keepalives do not notice a server that is stopped, nor one behind a Unix socket. */
static void on_silence(struct timer *timer)
{
	struct pg_lane *lane = CONTAINER_OF(timer, struct pg_lane, silence);
	uint64_t now = loop_now(lane->loop);

	pg_health_fine(&lane->is_down, now, is_standby(lane->link.conn));
	if (pg_link_is_busy(&lane->link) && now - lane->link.heard >= lane->patience)
		renew(lane, STAT_RECONNECT_SILENT, NULL, "it does not answer");
	else
		loop_timer_set(lane->loop, &lane->silence, SILENCE_CHECK);
}

void pg_lane_init(struct pg_lane *lane)
{
	lane->link.loop = lane->loop;
	lane->link.on_turn = on_link_turn;
	lane->link.on_lost = on_lost;
	lane->connecting.loop = lane->loop;
	lane->connecting.url = lane->url;
	lane->connecting.on_connected = on_connected;
	lane->retry.on_timer = on_retry;
	lane->silence.on_timer = on_silence;
}

void pg_lane_start(struct pg_lane *lane, PGconn *conn)
{
	if (lane->wanted)
		return;
	lane->wanted = true;
	if (conn)
		open_link(lane, conn);
	else
		pg_connecting_start(&lane->connecting);
}

void pg_lane_renew(struct pg_lane *lane, const char *state, const char *reason)
{
	renew(lane, STAT_RECONNECT_LOST, state, reason);
}

void pg_lane_stop(struct pg_lane *lane)
{
	lane->wanted = false;
	loop_timer_cancel(lane->loop, &lane->retry);
	loop_timer_cancel(lane->loop, &lane->silence);
	pg_connecting_stop(&lane->connecting);
	if (lane->link.conn)
		pg_health_closed();
	pg_link_close(&lane->link);
}
