/* What each fuzz target defines; the same source serves libFuzzer, AFL++ and plain runs over a
 * corpus. */
#ifndef SMB_FUZZ_FUZZ_H
#define SMB_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* One input. Aborts where the property that the target states does not hold. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#endif
