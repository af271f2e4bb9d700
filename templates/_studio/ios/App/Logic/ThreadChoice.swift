/// How many threads of the processor the model can be told to run on: as many as the self-check times.
enum ThreadChoice {
    /// As many as ExecuTorch chooses.
    static let automatic = 0

    static func offered(cores: Int) -> [Int] {
        [automatic] + BenchmarkPlan.threadCounts(cores: cores)
    }

    /// What was chosen on a device with more cores holds no longer.
    static func valid(_ chosen: Int, cores: Int) -> Int {
        offered(cores: cores).contains(chosen) ? chosen : automatic
    }
}
