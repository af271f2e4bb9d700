import Foundation
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
    func run(on pipeline: LivePipeline) async {
        if isRunning { return }
        isRunning = true
        defer { isRunning = false }
        (about, stages, verdict, timings, failure) = (About.lines(), [], nil, [], nil)
        do {
            try await check(on: pipeline)
            try await measure(on: pipeline)
        } catch is CancellationError {
            return
        } catch {
            failure = DetectorErrorText.text(error)
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

    private func check(on pipeline: LivePipeline) async throws {
        let result = try await pipeline.check()
        try Task.checkCancellation()
        stages = result.stages.map(CheckedStage.init)
        verdict = SelfCheckText.verdict(isPassed: result.isPassed, pictures: result.pictureCount, stages: stages)
    }

    private func measure(on pipeline: LivePipeline) async throws {
        let picture = try await pipeline.benchmarkPicture()
        for threads in BenchmarkPlan.threadCounts(cores: ProcessInfo.processInfo.activeProcessorCount) {
            timings.append(try await pipeline.time(threads: threads, on: picture))
        }
    }
}

extension CheckedStage {
    fileprivate init(_ stage: SelfCheckStage) {
        self.init(
            name: stage.name, unit: stage.unit, worst: stage.worst, tolerance: stage.tolerance,
            comparedCount: stage.comparedCount, isPassed: stage.isPassed, problems: stage.problems)
    }
}
