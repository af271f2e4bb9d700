import Observation

/// One stage of the self-check, from the model's input to the shown result.
struct CheckedStage: Equatable, Sendable {
    let name: String
    let unit: String
    let worst: Double
    let tolerance: Double
    let comparedCount: Int
    let isPassed: Bool
    let problems: [String]

    /// "worst 0.0123 of 0.5 px", in English, as in reports of all platforms.
    var text: String {
        if comparedCount == 0 { return "not compared" }
        let numbers = "\(NumberText.difference(worst)) of \(NumberText.difference(tolerance))"
        return "worst \(numbers)\(unit.isEmpty ? "" : " \(unit)")"
    }
}

/// The comparison with the golden vectors on this device.
struct CheckedVectors: Equatable, Sendable {
    enum Verdict { case passed, incomplete, failed }

    let stages: [CheckedStage]
    let isPassed: Bool
    let pictureCount: Int
    /// "PyTorch", or the int8 model in Python.
    let comparedWith: String

    /// Incomplete: the golden vectors lack a stage.
    var verdict: Verdict {
        if !isPassed { return .failed }
        return stages.allSatisfy { $0.comparedCount > 0 } ? .passed : .incomplete
    }
}

/// The median times of a detection on some threads.
struct Timing: Equatable, Sendable {
    let threads: Int
    let times: StageTimes
}

enum Benchmark {
    /// The thread counts to measure: those of every platform, and half of the cores.
    static func threadCounts(cores: Int) -> [Int] {
        Set(Appearance.benchmarkThreads + [cores / 2]).filter { (1...max(cores, 1)).contains($0) }.sorted()
    }

    /// The median of each stage.
    static func median(_ times: [StageTimes]) -> StageTimes {
        func median(_ values: [Double]) -> Double {
            let sorted = values.sorted()
            let middle = sorted.count / 2
            return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        }
        return StageTimes(
            letterbox: median(times.map(\.letterbox)), model: median(times.map(\.model)),
            postprocess: median(times.map(\.postprocess)))
    }
}

/// The self-check: does this device compute what PyTorch computed, and how fast?
@MainActor
@Observable
final class SelfCheckModel {
    private(set) var about: [String] = []
    private(set) var checked: CheckedVectors?
    private(set) var timings: [Timing] = []
    /// A message, if it stopped.
    private(set) var failure: String?
    private(set) var isRunning = false

    func run(on pipeline: any Pipeline, device: any Device) async {
        if isRunning { return }
        isRunning = true
        defer { isRunning = false }
        (about, checked, timings, failure) = (device.about, nil, [], nil)
        do {
            let checked = try await pipeline.check()
            try Task.checkCancellation()
            self.checked = checked
            for threads in Benchmark.threadCounts(cores: device.coreCount) {
                timings.append(try await pipeline.time(threads: threads))
            }
        } catch is CancellationError {
            return
        } catch {
            failure = pipeline.message(for: error)
        }
    }

    var fastest: Timing? {
        timings.min { $0.times.total < $1.times.total }
    }

    /// Everything as text, in English, for the developer of the app.
    var report: String {
        var lines = about + [""]
        if let checked {
            let verdict = ["passed": "PASSED", "incomplete": "INCOMPLETE"]["\(checked.verdict)"] ?? "FAILED"
            lines.append("\(verdict): compared with \(checked.comparedWith) on \(checked.pictureCount) pictures")
            for stage in checked.stages {
                lines.append("\(stage.name): \(stage.isPassed ? "passed" : "FAILED"), \(stage.text)")
                lines += stage.problems.map { "  \($0)" }
            }
        }
        if !timings.isEmpty { lines += ["", "median of \(Appearance.benchmarkRuns) runs, in ms:"] }
        for timing in timings {
            let times = timing.times
            let numbers = [times.letterbox, times.model, times.postprocess, times.total].map(NumberText.tenths)
            lines.append(
                "threads \(timing.threads): input \(numbers[0]), model \(numbers[1]), result \(numbers[2]), total \(numbers[3])")
        }
        if let failure { lines += ["", failure] }
        return lines.joined(separator: "\n")
    }
}
