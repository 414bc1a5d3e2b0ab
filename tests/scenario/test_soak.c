/* SPDX-License-Identifier: MIT */
/*
 * Random work for a while in each configuration of the ring. LEV_SOAK=SECONDS
 * is how long each takes, LEV_SOAK_ROUND=N begins with that round; an argument
 * is a pattern of the cases to run. A line is printed for each:
 * soak, configuration, requests, canceled, rounds, seconds, violations.
 */
#define _POSIX_C_SOURCE 200809L
#include <time.h>

#include "soak.h"

enum { RINGS = 16, CONFIGS = 2 * RINGS, NAME_LEN = 80 };

static const double SHORT = 0.3; /* seconds */

static double now(void)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double seconds(void)
{
	const char *text = getenv("LEV_SOAK");

	return text ? strtod(text, NULL) : SHORT;
}

static uint64_t first_round(void)
{
	const char *text = getenv("LEV_SOAK_ROUND");

	return text ? strtoull(text, NULL, 10) : 0;
}

static void soak(void **state)
{
	const struct soak_config *config = *state;
	struct soak_total total = { 0 };
	const double start = now(), end = start + seconds();
	uint64_t round = first_round();

	do
		soak_round(config, round++, &total);
	while (now() < end);
	fprintf(stderr, "soak\t%s\t%llu\t%llu\t%llu\t%.1f\t%u\n", config->name,
		(unsigned long long)total.requests,
		(unsigned long long)total.canceled,
		(unsigned long long)total.rounds, now() - start,
		total.violations);
	assert_true(total.requests > 0);
}

static void config_make(struct soak_config *config, char *name, unsigned i)
{
	*config = (struct soak_config){
		.name = name,
		.hostile = i & 16,
		.packed = i & 8,
		.in_order = i & 4,
		.event_idx = i & 2,
		.indirect = i & 1,
	};
	snprintf(name, NAME_LEN, "%s%s%s%s%s",
		 config->hostile ? "hostile " : "",
		 config->packed ? "packed" : "split",
		 config->in_order ? " in_order" : "",
		 config->event_idx ? " event_idx" : "",
		 config->indirect ? " indirect" : "");
}

int main(int argc, char **argv)
{
	static struct soak_config configs[CONFIGS];
	static char names[CONFIGS][NAME_LEN];
	struct CMUnitTest cases[CONFIGS];

	for (unsigned i = 0; i < CONFIGS; i++) {
		config_make(&configs[i], names[i], i);
		cases[i] = (struct CMUnitTest){
			.name = names[i],
			.test_func = soak,
			.initial_state = &configs[i],
		};
	}
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("soak", cases, NULL, NULL);
}
