// Loads a program and prints a line for each behavior: how many of sixteen runs succeeded, and the first output's
// values. Arguments: the program, the file that steers, behaviors.
#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor_ptr_maker.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

int main(int, char** arguments) {
  const std::string program = arguments[1], steering = arguments[2];
  for (char** behavior = arguments + 3; *behavior != nullptr; ++behavior) {
    std::ofstream(steering) << *behavior;
    executorch::extension::Module module(program);
    auto input = executorch::extension::full({1, 3, 8, 8}, 1.0);
    int succeeded = 0;
    std::string values;
    const auto run = [&](int times) {
      for (int i = 0; i < times; ++i) {
        const auto outputs = module.forward(input);
        if (!outputs.ok()) continue;
        ++succeeded;
        const auto tensor = outputs->at(0).toTensor();
        values.clear();
        for (int at = 0; at < tensor.numel(); ++at) {
          char text[32];
          std::snprintf(text, sizeof text, " %.3f", tensor.const_data_ptr<float>()[at]);
          values += text;
        }
      }
    };
    if (std::string(*behavior).rfind("hangs", 0) == 0) {
      const std::string event = steering + ".hangs";
      std::remove(event.c_str());
      std::thread hanging(run, 1);
      while (!std::ifstream(event)) std::this_thread::yield();
      std::ofstream(steering) << "right";
      hanging.join();
    } else {
      run(16);
    }
    std::printf("%s %d%s\n", *behavior, succeeded, values.c_str());
  }
}
