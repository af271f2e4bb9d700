// Functions that ARC needs and that GCC's runtime lacks.
#pragma once

namespace arc {

// Sets weak references to nil when their NSObject is deallocated. Only the first call has an effect.
void forget_weak_references_on_dealloc();

}  // namespace arc
