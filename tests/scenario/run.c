/* SPDX-License-Identifier: MIT */
/* Each scenario in each cell, as cases of cmocka's. */
#include "scenario.h"

enum { CASES_MAX = 8192, CASE_NAME = 200 };

struct run {
	const struct scenario *scenario; /* NULL: begin or end of one */
	const struct cell *cell;
	char name[CASE_NAME];
};

static struct cell cells[CELLS_MAX];
static unsigned cell_count;
static bool running;

static void run_cell(void **state)
{
	const struct run *run = *state;
	struct env env;

	running = true;
	for (unsigned i = 0; i < run->cell->size_count; i++) {
		env_open(&env, run->cell, run->cell->sizes[i],
			 run->scenario->map_piece);
		run->scenario->run(&env);
		env_close(&env);
	}
	running = false;
}

static int after_cell(void **state)
{
	(void)state;
	if (running)
		place_here.failed();
	running = false;
	return 0;
}

static void run_begin(void **state)
{
	const struct run *run = *state;

	place_here.begin(cells, cell_count, run->scenario->map_piece);
}

static void run_end(void **state)
{
	(void)state;
	place_here.end();
}

static void add_case(struct CMUnitTest *cases, struct run *runs, size_t *n,
		     const struct run *run, void (*function)(void **state))
{
	assert_true(*n < CASES_MAX);
	runs[*n] = *run;
	cases[*n] = (struct CMUnitTest){
		.name = runs[*n].name,
		.test_func = function,
		.teardown_func = after_cell,
		.initial_state = &runs[*n],
	};
	++*n;
}

static void add_scenario(struct CMUnitTest *cases, struct run *runs, size_t *n,
			 const struct scenario *scenario)
{
	struct run run = { .scenario = scenario };

	snprintf(run.name, CASE_NAME, "%s: the devices come", scenario->name);
	add_case(cases, runs, n, &run, run_begin);
	for (unsigned i = 0; i < cell_count; i++) {
		run.cell = &cells[i];
		snprintf(run.name, CASE_NAME, "%s (%s)", scenario->name,
			 cells[i].name);
		add_case(cases, runs, n, &run, run_cell);
	}
	run.cell = NULL;
	snprintf(run.name, CASE_NAME, "%s: the devices go", scenario->name);
	add_case(cases, runs, n, &run, run_end);
}

int scenario_run_all(void)
{
	static const struct scenario *const lists[] = { scenarios_flow,
							scenarios_irq,
							scenarios_end };
	static struct CMUnitTest cases[CASES_MAX];
	static struct run runs[CASES_MAX];
	size_t n = 0;

	cell_count = matrix_make(place_here.flags(), cells);
	for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct scenario *s = lists[i]; s->name; s++)
			add_scenario(cases, runs, &n, s);
	return _cmocka_run_group_tests(place_here.name, cases, n, NULL, NULL);
}
