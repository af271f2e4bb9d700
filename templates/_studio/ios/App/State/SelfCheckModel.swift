import Observation

/// Does this device compute what PyTorch computed, and how fast?
@MainActor
@Observable
final class SelfCheckModel {
    private(set) var about: [String] = []
    private(set) var checked: CheckedVectors?
    private(set) var timings: [Timing] = []
    /// In words: why it went no further.
    private(set) var failure: String?
    private(set) var isRunning = false

    /// Until it is done, or nobody waits for it any more.
    func run(on pipeline: any Pipeline, device: any Device) async {
        if isRunning { return }
        isRunning = true
        defer { isRunning = false }
        (about, checked, timings, failure) = (device.about, nil, [], nil)
        do {
            try await check(on: pipeline)
            for threads in BenchmarkPlan.threadCounts(cores: device.coreCount) {
                timings.append(try await pipeline.time(threads: threads))
            }
        } catch is CancellationError {
            return
        } catch {
            failure = pipeline.words(for: error)
        }
    }

    var stages: [CheckedStage] { checked?.stages ?? [] }

    /// Of the thread counts that were tried.
    var fastest: Timing? {
        timings.min { $0.times.total < $1.times.total }
    }

    /// All of it, to be sent to whoever built the app.
    var report: String {
        var lines = about + [""]
        for stage in stages { lines += [SelfCheckText.line(stage)] + stage.problems.map { "  \($0)" } }
        if let checked { lines += [SelfCheckText.verdict(checked)] }
        if !timings.isEmpty { lines += ["", SelfCheckText.benchmarkTitle] + timings.map(SelfCheckText.line) }
        if let failure { lines += ["", failure] }
        return lines.joined(separator: "\n")
    }

    private func check(on pipeline: any Pipeline) async throws {
        let checked = try await pipeline.check()
        try Task.checkCancellation()
        self.checked = checked
    }
}
