/// One stage of the self-check, from the model's input to what is shown.
struct CheckedStage: Equatable, Sendable {
    let name: String
    let unit: String
    let worst: Double
    let tolerance: Double
    let comparedCount: Int
    let isPassed: Bool
    let problems: [String]
}

/// What the golden vectors said of the model on this device.
struct CheckedVectors: Equatable, Sendable {
    let stages: [CheckedStage]
    let isPassed: Bool
    let pictureCount: Int
    /// Whose numbers they are.
    let comparedWith: String
}

/// What it comes down to, for somebody who reads nothing else.
enum Verdict: Equatable, Sendable {
    case passed
    /// As far as was compared: the golden vectors have not all of it.
    case partly
    case failed

    init(_ checked: CheckedVectors) {
        let isWhole = checked.stages.allSatisfy { $0.comparedCount > 0 }
        self = checked.isPassed ? isWhole ? .passed : .partly : .failed
    }

    /// The key in the string catalog.
    var textKey: String {
        switch self {
        case .passed: "verdict_passed"
        case .partly: "verdict_partly"
        case .failed: "verdict_failed"
        }
    }
}

/// How long a picture takes on so many threads: medians.
struct Timing: Equatable, Sendable {
    let threads: Int
    let times: StageTimes
}

/// The self-check's report in plain English, the same on every platform: it is made to be sent to whoever built the app.
enum SelfCheckText {
    static func line(_ stage: CheckedStage) -> String {
        if stage.comparedCount == 0 { return "\(stage.name): not compared" }
        let verdict = stage.isPassed ? "passed" : "FAILED"
        let worst = NumberText.difference(stage.worst)
        let tolerance = NumberText.difference(stage.tolerance)
        let unit = stage.unit.isEmpty ? "" : " \(stage.unit)"
        return "\(stage.name): \(verdict), worst difference \(worst) of \(tolerance)\(unit)"
    }

    static func verdict(_ checked: CheckedVectors) -> String {
        if !checked.isPassed { return "FAILED: not the same as \(checked.comparedWith)" }
        let missing = checked.stages.filter { $0.comparedCount == 0 }.map(\.name)
        if missing.isEmpty { return "PASSED: the same as \(checked.comparedWith) on \(checked.pictureCount) pictures" }
        return "PASSED as far as was compared: not \(missing.joined(separator: ", "))"
    }

    static var benchmarkTitle: String { "median of \(Appearance.benchmarkRuns), ms: input, model, result, together" }

    static func line(_ timing: Timing) -> String {
        let times = timing.times
        let numbers = [times.letterbox, times.model, times.boxes, times.total].map(NumberText.tenths)
        let threads = timing.threads == 1 ? "1 thread" : "\(timing.threads) threads"
        return "\(threads): \(numbers.joined(separator: ", "))"
    }
}
