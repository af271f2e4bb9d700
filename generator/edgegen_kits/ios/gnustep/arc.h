// What ARC needs of a runtime that has never heard of it.
#pragma once

namespace arc {

// Lets every NSObject that is gone be nil where it was referred to weakly. Does so once, however often it is called.
void forget_weak_references_on_dealloc();

}  // namespace arc
