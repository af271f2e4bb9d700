/// What a benchmark measures.
enum BenchmarkPlan {
    /// As many threads as on every platform, and half of the cores, without those that this device does not have.
    static func threadCounts(cores: Int) -> [Int] {
        Set(Appearance.benchmarkThreads + [cores / 2]).filter { (1...max(cores, 1)).contains($0) }.sorted()
    }

    /// The value in the middle, or between the two in the middle; 0 of none.
    static func median(_ values: [Double]) -> Double {
        if values.isEmpty { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Stage by stage.
    static func median(_ times: [StageTimes]) -> StageTimes {
        StageTimes(
            letterbox: median(times.map(\.letterbox)), model: median(times.map(\.model)), boxes: median(times.map(\.boxes)))
    }
}
