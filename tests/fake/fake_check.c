/* SPDX-License-Identifier: MIT */
/* The book of rules: which were looked at, which were broken. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fake_int.h"

/* One lock for all, of its own: see fake.h for who may be in here at once. */
static char check_flag;

static void check_lock(void)
{
	while (__atomic_test_and_set(&check_flag, __ATOMIC_ACQUIRE)) {
	}
}

static void check_unlock(void)
{
	__atomic_clear(&check_flag, __ATOMIC_RELEASE);
}

static struct fake_rule *rule_find(const struct fake_port *port, const char *id)
{
	struct fake_rule *rule = port->rules;

	while (rule && strcmp(rule->id, id) != 0)
		rule = rule->next;
	return rule;
}

/* Literals are looked up by where they stand first: this is asked a lot. */
static struct fake_rule *rule_get(struct fake_port *port, const char *id)
{
	struct fake_rule **recent =
		&port->recent[(uintptr_t)id / 4 % FAKE_RECENT];
	struct fake_rule *rule = *recent;

	if (rule && rule->id == id)
		return rule;
	rule = rule_find(port, id);
	if (!rule) {
		rule = fake_zalloc(sizeof(*rule));
		rule->id = id;
		rule->next = port->rules;
		port->rules = rule;
	}
	*recent = rule;
	return rule;
}

static bool rule_ignored(const struct fake_port *port, const char *id)
{
	for (unsigned i = 0; i < port->nignored; i++) {
		if (strcmp(port->ignored[i], id) == 0)
			return true;
	}
	return false;
}

bool fake_check(struct fake_port *port, bool ok, const char *id,
		const char *fmt, ...)
{
	struct fake_rule *rule;
	va_list args;

	check_lock();
	rule = rule_get(port, id);
	rule->armed++;
	if (!ok && rule_ignored(port, id)) {
		rule->ignored++;
	} else if (!ok) {
		port->violations++;
		if (rule->fired++ == 0) {
			va_start(args, fmt);
			vsnprintf(rule->text, sizeof(rule->text), fmt, args);
			va_end(args);
		}
	}
	check_unlock();
	return ok;
}

unsigned fake_violation_count(struct fake_port *port)
{
	unsigned count;

	check_lock();
	port->looked_at = true;
	count = port->violations;
	check_unlock();
	return count;
}

bool fake_violation_has(struct fake_port *port, const char *id)
{
	const struct fake_rule *rule;
	bool fired;

	check_lock();
	rule = rule_find(port, id);
	port->looked_at = true;
	fired = rule && rule->fired;
	check_unlock();
	return fired;
}

unsigned fake_violation_print(struct fake_port *port)
{
	unsigned count;

	check_lock();
	port->looked_at = true;
	for (struct fake_rule *rule = port->rules; rule; rule = rule->next) {
		if (rule->fired)
			fprintf(stderr, "fake: %s violated %u times: %s\n",
				rule->id, rule->fired, rule->text);
	}
	count = port->violations;
	check_unlock();
	return count;
}

void fake_violation_clear(struct fake_port *port)
{
	check_lock();
	for (struct fake_rule *rule = port->rules; rule; rule = rule->next) {
		rule->seen_fired += rule->fired;
		rule->fired = 0;
	}
	port->violations = 0;
	check_unlock();
}

void fake_ignore(struct fake_port *port, const char *id)
{
	if (port->nignored == FAKE_IGNORED)
		abort();
	port->ignored[port->nignored++] = id;
}

unsigned fake_check_armed(const struct fake_port *port, const char *id)
{
	const struct fake_rule *rule;
	unsigned armed;

	check_lock();
	rule = rule_find(port, id);
	armed = rule ? rule->armed : 0;
	check_unlock();
	return armed;
}

/* In the middle of what cmocka prints, so that each case has its own. */
static void rules_report(const struct fake_port *port)
{
	if (!getenv("FAKE_CONFORMANCE"))
		return;
	for (struct fake_rule *rule = port->rules; rule; rule = rule->next) {
		bool fired = rule->fired || rule->seen_fired;

		printf("# rule %s %s\n", fired ? "fired" : "armed", rule->id);
	}
}

void fake_rules_free(struct fake_port *port)
{
	rules_report(port);
	while (port->rules) {
		struct fake_rule *rule = port->rules;

		port->rules = rule->next;
		free(rule);
	}
}
