// How many threads the model runs on.
#pragma once

namespace detector {

// Sets the number of threads. Call it before the first model is loaded.
void set_threads(int threads);

// How many there are: what was set, or what ExecuTorch takes by itself.
int threads();

}  // namespace detector
