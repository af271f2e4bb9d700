// What happens to every result between the model and what shows, writes and counts it: the place for code of your own.
#pragma once

#include "vision/result.h"

namespace app {

// Called in this order, for every picture and every frame, on the thread that the model runs on. Made once for all
// pictures of a run, and for each video and camera. README.md has an example.
inline vision::ResultProcessors make_processors() { return {}; }

}  // namespace app
