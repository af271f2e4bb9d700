// What `edgegen explain` replays: a picture, and what became of it at every stage, in one file.
#pragma once

#include <string>

#include "app/options.h"
#include "app/pictures.h"
#include "detector/detector.h"

namespace app {

// A tar archive of at most 10 MB: capture.json, the model's metadata.yaml, the picture as it is stored (frame.png), the
// outputs. found: what the detector gave; shown: what the result processors left of it. Nothing of where the picture
// was made or lies is in it. Throws support::Failure (kOutput).
void write_capture(const std::string& path, const std::string& model_path, const Options& options,
                   const Picture& picture, const detector::Trace& trace, const vision::Result& found,
                   const vision::Result& shown);

}  // namespace app
