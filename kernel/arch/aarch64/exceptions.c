/* SPDX-License-Identifier: MIT */
/* What vectors.S hands over: interrupts go on, everything else is a panic. */
#include "../../panic.h"
#include "aarch64.h"
#include "cpu.h"

/* All registers as they were; vectors.S fills it. */
struct aarch64_frame {
	uint64_t x[31];
	uint64_t pc;
	uint64_t state;
	uint64_t sp;
	uint64_t syndrome;
	uint64_t address;
	uint64_t record[2]; /* for the backtrace of a handler */
};

LEV_STATIC_ASSERT(sizeof(struct aarch64_frame) == 304, "as in vectors.S");

enum { VECTOR_IRQ = 1, VECTOR_SERROR = 3, VECTOR_NESTED = 4 };

/* Exception classes (ESR_EL1.EC) */
enum {
	CLASS_UNKNOWN = 0x00,
	CLASS_FP = 0x07,
	CLASS_STATE = 0x0e,
	CLASS_SVC = 0x15,
	CLASS_MSR = 0x18,
	CLASS_FETCH = 0x21,
	CLASS_PC_ALIGN = 0x22,
	CLASS_DATA = 0x25,
	CLASS_SP_ALIGN = 0x26,
	CLASS_SERROR = 0x2f,
	CLASS_BRK = 0x3c,
};

static const struct {
	uint8_t class;
	const char *name;
} classes[] = {
	{ CLASS_UNKNOWN, "undefined instruction" },
	{ CLASS_FP, "floating point instruction" },
	{ CLASS_STATE, "illegal execution state" },
	{ CLASS_SVC, "system call" },
	{ CLASS_MSR, "trapped system register" },
	{ CLASS_FETCH, "instruction fetch" },
	{ CLASS_PC_ALIGN, "misaligned program counter" },
	{ CLASS_DATA, "data access" },
	{ CLASS_SP_ALIGN, "misaligned stack pointer" },
	{ CLASS_SERROR, "SError" },
	{ CLASS_BRK, "failed assertion" },
};

extern const char stack_bottom[], stack_top[], irq_stack_bottom[],
	irq_stack_top[], last_stack_bottom[], last_stack_top[];

static const char *class_name(uint32_t class)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (classes[i].class == class)
			return classes[i].name;
	}
	return "exception";
}

/* Why an access faulted: the status code in the syndrome's low six bits. */
static const char *fault_name(uint32_t status)
{
	switch (status & 0x3c) {
	case 0x00:
		return "address too large";
	case 0x04:
		return "not mapped";
	case 0x08:
		return "access flag";
	case 0x0c:
		return "not permitted";
	case 0x10:
		return "refused by the bus";
	case 0x20:
		return status == 0x21 ? "misaligned" : "fault";
	default:
		return "fault";
	}
}

static bool in_guard(uint64_t addr, const char *bottom)
{
	return addr < (uint64_t)bottom && (uint64_t)bottom - addr <= 4096;
}

/* One line that says what happened. */
static void describe(const struct aarch64_frame *frame)
{
	uint32_t class = (uint32_t)frame->syndrome >> 26 & 0x3f;
	uint32_t status = (uint32_t)frame->syndrome & 0x3f;

	panic_print("%s", class_name(class));
	if (class == CLASS_DATA || class == CLASS_FETCH) {
		panic_print(" (%s): %s 0x%llx", fault_name(status),
			    class == CLASS_FETCH	  ? "execute"
			    : frame->syndrome & (1u << 6) ? "write"
							  : "read",
			    (unsigned long long)frame->address);
		if (in_guard(frame->address, stack_bottom) ||
		    in_guard(frame->address, irq_stack_bottom) ||
		    in_guard(frame->address, last_stack_bottom))
			panic_print(": stack overflow");
	}
	panic_print("\nsyndrome 0x%llx, state 0x%llx\n",
		    (unsigned long long)frame->syndrome,
		    (unsigned long long)frame->state);
}

static void print_registers(const struct aarch64_frame *frame)
{
	for (unsigned i = 0; i < 31; i++)
		panic_print("%sx%-2u %016llx%s", i % 4 ? "  " : "", i,
			    (unsigned long long)frame->x[i],
			    i % 4 == 3 ? "\n" : "");
	panic_print("  sp  %016llx\n", (unsigned long long)frame->sp);
}

void aarch64_exception(struct aarch64_frame *frame, uint64_t vector);

void aarch64_exception(struct aarch64_frame *frame, uint64_t vector)
{
	if (vector == VECTOR_IRQ) {
		gic_dispatch();
		return;
	}
	panic_begin(vector >= VECTOR_NESTED ? "fault in a handler"
					    : "fault in the kernel");
	describe(frame);
	print_registers(frame);
	panic_end(frame->pc, frame->x[30], frame->x[29]);
}

/* --- backtraces --- */

static bool on_stack(uint64_t record, const char *bottom, const char *top)
{
	return record >= (uint64_t)bottom && record <= (uint64_t)top - 16;
}

static bool readable(uint64_t record)
{
	return record % 16 == 0 &&
	       (on_stack(record, stack_bottom, stack_top) ||
		on_stack(record, irq_stack_bottom, irq_stack_top) ||
		on_stack(record, last_stack_bottom, last_stack_top));
}

unsigned arch_backtrace(uint64_t frame, uint64_t *calls, unsigned max)
{
	unsigned count = 0;

	if (frame == 0)
		frame = (uint64_t)__builtin_frame_address(0);
	while (count < max && readable(frame)) {
		const uint64_t *record = (const uint64_t *)frame;

		if (record[1] == 0)
			break;
		calls[count++] = record[1];
		frame = record[0];
	}
	return count;
}
