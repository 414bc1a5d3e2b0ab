/* SPDX-License-Identifier: MIT */
/* System registers, barriers and device registers of an aarch64 CPU. */
#ifndef KERNEL_AARCH64_CPU_H
#define KERNEL_AARCH64_CPU_H

#include <levitate/base.h>

#define cpu_read(reg)                                                          \
	__extension__({                                                        \
		uint64_t value_;                                               \
		__asm__ volatile("mrs %0, " #reg : "=r"(value_)::"memory");    \
		value_;                                                        \
	})

#define cpu_write(reg, value)                                                  \
	do {                                                                   \
		uint64_t written_ = (uint64_t)(value);                         \
		__asm__ volatile("msr " #reg ", %0"                            \
				 :                                             \
				 : "r"(written_)                               \
				 : "memory");                                  \
	} while (0)

static inline void cpu_isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

static inline void cpu_dsb(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}

/* Write what lies at ptr back to memory, and forget it. */
static inline void cpu_clean(const void *ptr, size_t len)
{
	/* The shortest line of all data caches, as a power of two of words. */
	uint64_t line = UINT64_C(4) << (cpu_read(ctr_el0) >> 16 & 0xf);
	uint64_t end = (uint64_t)ptr + len;

	for (uint64_t at = (uint64_t)ptr & ~(line - 1); at < end; at += line)
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	cpu_dsb();
}

static inline void cpu_wfi(void)
{
	__asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

static inline uint32_t reg_read(uint64_t addr)
{
	return *(volatile uint32_t *)addr;
}

static inline void reg_write(uint64_t addr, uint32_t value)
{
	*(volatile uint32_t *)addr = value;
}

static inline uint64_t reg_read64(uint64_t addr)
{
	return *(volatile uint64_t *)addr;
}

static inline void reg_write64(uint64_t addr, uint64_t value)
{
	*(volatile uint64_t *)addr = value;
}

static inline void reg_write_byte(uint64_t addr, uint8_t value)
{
	*(volatile uint8_t *)addr = value;
}

#endif
