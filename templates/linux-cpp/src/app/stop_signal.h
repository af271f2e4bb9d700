// Ctrl-C and `kill` end a run at the next frame or picture, with everything closed.
#pragma once

namespace app {

// From now on SIGINT and SIGTERM are taken note of; a second one ends the program at once. A file that may not grow any
// more (SIGXFSZ) is an error of its write, not the end of the program.
void install_stop_signals();

bool stop_requested();

// What a shell expects of a program that was stopped by Ctrl-C.
inline constexpr int kStoppedExitCode = 130;

}  // namespace app
