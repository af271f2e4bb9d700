import Observation

/// Does this device compute what PyTorch computed, and how fast?
@MainActor
@Observable
final class SelfCheckModel {
    private(set) var about: [String] = []
    private(set) var stages: [CheckedStage] = []
    private(set) var verdict: String?
    private(set) var timings: [Timing] = []
    /// In words: why it went no further.
    private(set) var failure: String?
    private(set) var isRunning = false

    /// Until it is done, or nobody waits for it any more.
    func run(on pipeline: any Pipeline, device: any Device) async {
        if isRunning { return }
        isRunning = true
        defer { isRunning = false }
        (about, stages, verdict, timings, failure) = (device.about, [], nil, [], nil)
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

    /// All of it, to be sent to whoever built the app.
    var report: String {
        var lines = about + [""]
        for stage in stages { lines += [SelfCheckText.line(stage)] + stage.problems.map { "  \($0)" } }
        if let verdict { lines += [verdict] }
        if !timings.isEmpty { lines += ["", SelfCheckText.benchmarkTitle] + timings.map(SelfCheckText.line) }
        if let failure { lines += ["", failure] }
        return lines.joined(separator: "\n")
    }

    private func check(on pipeline: any Pipeline) async throws {
        let checked = try await pipeline.check()
        try Task.checkCancellation()
        stages = checked.stages
        verdict = SelfCheckText.verdict(checked)
    }
}
