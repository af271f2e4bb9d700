import Foundation
import Observation

/// Loads the extra program: `ExtraProgram` in the app, a fake in the tests.
protocol ProgramLoader: Sendable {
    /// Loads the program and runs it once, on a thread of its own.
    func load() async throws -> any LoadedProgram
    /// From the next picture on, the CPU's program serves.
    func serveCPU() async
}

/// An extra program in memory.
protocol LoadedProgram: Sendable {
    var loadMilliseconds: Double { get }
    /// Compares it with the golden vectors, on the thread that loaded it.
    func prove() async throws -> Proof
    /// Times it and the CPU's program once, on the thread that analyzes frames, and compares its outputs.
    func measure(run: Int) async throws -> TimedRun
    /// From the next picture on, it serves.
    func serve() async
}

struct Proof: Equatable, Sendable {
    /// The largest difference of the result, with its unit.
    let worst: String
    let pictures: Int
    /// The first failure; empty: it passed.
    let problem: String
}

struct TimedRun: Equatable, Sendable {
    let milliseconds: Double
    let cpuMilliseconds: Double
    let cpuLoadMilliseconds: Double
    /// The first difference from the golden vectors; empty: none.
    let problem: String
}

/// Chooses the program that serves. The CPU's serves at once; the extra one takes over after this device has found its
/// results right and its time shorter.
///
/// A marker is on the disk from before the program is loaded until its first good frames. If the next start finds it,
/// the program has crashed the app. The second crash in a row puts it out.
@MainActor
@Observable
final class Selection {
    static var timedRuns: Int { 10 }
    static var crashesUntilOut: Int { 2 }

    /// Of the extra program's backend.
    let title: String
    private(set) var choice: BackendChoice
    /// Nil: no trial yet.
    private(set) var record: SelectionRecord?
    private(set) var isTrying = false
    private(set) var isServing = false

    @ObservationIgnored private let key: String
    @ObservationIgnored private let folder: SelectionFolder
    @ObservationIgnored private let loader: any ProgramLoader
    @ObservationIgnored private let isDebugged: () -> Bool
    @ObservationIgnored private let hangTime: Duration
    @ObservationIgnored private var hasStarted = false
    /// The chosen program crashed the app at its last start, so this one uses the CPU.
    @ObservationIgnored private var hasJustCrashed = false
    @ObservationIgnored private var isInForeground = true
    @ObservationIgnored private var isPaused = false
    @ObservationIgnored private var interruptions = 0
    /// Nil: no program is being loaded or tried.
    @ObservationIgnored private var attemptStart: ContinuousClock.Instant?

    /// `hangTime`: a trial that takes longer when the app leaves the foreground counts as one that hangs.
    init(
        key: String, title: String, folder: SelectionFolder, loader: any ProgramLoader,
        isDebugged: @escaping () -> Bool, hangTime: Duration = .seconds(60)
    ) {
        (self.key, self.title, self.folder, self.loader) = (key, title, folder, loader)
        (self.isDebugged, self.hangTime) = (isDebugged, hangTime)
        choice = folder.readChoice()
        record = folder.readRecord().flatMap { $0.key == key ? $0 : nil }
        guard folder.readMarker() == key else { return }
        var crashed = record ?? SelectionRecord(key: key, state: .crashed)
        hasJustCrashed = crashed.state != .crashed
        crashed.crashes += 1
        if crashed.crashes >= Self.crashesUntilOut { crashed.state = .crashed }
        save(crashed)
        folder.removeMarker()
    }

    /// Starts once the CPU's program serves. Later calls do nothing.
    func start() async {
        if hasStarted { return }
        hasStarted = true
        await decide()
    }

    /// The user chose a setting. A failed program is tried again only if the user wants this program.
    func choose(_ choice: BackendChoice) async {
        self.choice = choice
        try? folder.write(choice)
        if choice == .further {
            hasJustCrashed = false
            if let state = record?.state, [.crashed, .failed, .dropped].contains(state) { record = nil }
        }
        if hasStarted { await decide() }
    }

    /// The service of the program: its first frames are good, or it failed too often and the CPU's serves already.
    func note(_ event: ServiceEvent) {
        guard var noted = record else { return }
        folder.removeMarker()
        noted.crashes = 0
        if case .dropped(let reason) = event { (isServing, noted.state, noted.verdict) = (false, .dropped, reason) }
        if noted != record { save(noted) }
    }

    /// A crash in the background is not the program's, so there is no marker. A trial is interrupted, and begins again
    /// in the foreground.
    func enterBackground() {
        isInForeground = false
        folder.removeMarker()
        guard let attemptStart else { return }
        interruptions += 1
        isTrying = false
        guard attemptStart.duration(to: .now) > hangTime else { return }
        save(SelectionRecord(key: key, state: .failed, verdict: "it hangs"))
    }

    func enterForeground() async {
        isInForeground = true
        if hasStarted { await decide() }
    }

    /// The CPU's program serves until `resume`: the self-check measures the device. A trial begins again then.
    func pause() async {
        isPaused = true
        interruptions += 1
        await serveCPU()
    }

    /// The program may serve again.
    func resume() async {
        isPaused = false
        if hasStarted { await decide() }
    }

    private func serveCPU() async {
        isServing = false
        await loader.serveCPU()
        if attemptStart == nil { folder.removeMarker() }
    }

    private func decide() async {
        if attemptStart != nil || isPaused || !isInForeground { return }  // decided when that ends
        switch (choice, record?.state) {
        case (.cpu, _):
            await serveCPU()
        case (_, nil):
            await attempt(proven: nil)
        case (_, .crashed) where (record?.crashes ?? 0) < Self.crashesUntilOut:
            await attempt(proven: nil)  // the first compilation may crash once
        case (_, .selected), (.further, .slower), (.further, .wrong):
            if hasJustCrashed { await serveCPU() } else if !isServing { await attempt(proven: record) }
        default:
            await serveCPU()
        }
    }

    /// Loads the program, and lets it serve if it may. `proven`: the record of an earlier trial, which still counts.
    private func attempt(proven: SelectionRecord?) async {
        attemptStart = .now
        let interruptionsBefore = interruptions
        var tried = proven ?? SelectionRecord(key: key, state: .failed)
        var program: (any LoadedProgram)?
        do {
            isTrying = true
            if !isDebugged() {  // before the program can end the app, and not on the main thread
                try await Task.detached { [folder, key] in try folder.writeMarker(key) }.value
            }
            if interruptions != interruptionsBefore { throw CancellationError() }  // no program begins in the background
            let loaded = try await loader.load()
            if proven == nil { try await judge(loaded, &tried) }
            program = loaded
        } catch {
            (tried.state, tried.verdict, tried.crashes) = (.failed, error.localizedDescription, 0)
        }
        attemptStart = nil
        isTrying = false
        // The background may be the reason of a failure. Meanwhile the app may be in the foreground again.
        if interruptions != interruptionsBefore {
            folder.removeMarker()
            return await decide()
        }
        if tried != proven { save(tried) }
        let isWanted = choice == .further || (choice == .automatic && tried.state == .selected)
        if isWanted, let program {
            isServing = true
            await program.serve()
        } else {
            await serveCPU()
        }
    }

    private func judge(_ program: any LoadedProgram, _ tried: inout SelectionRecord) async throws {
        tried.loadMilliseconds = program.loadMilliseconds
        let proof = try await program.prove()
        (tried.worst, tried.pictures, tried.verdict) = (proof.worst, proof.pictures, proof.problem)
        tried.state = .wrong
        guard proof.problem.isEmpty else { return }
        var runs: [TimedRun] = []
        for number in 0..<Self.timedRuns {
            let run = try await program.measure(run: number)
            tried.verdict = run.problem
            guard run.problem.isEmpty else { return }
            runs.append(run)
        }
        let (time, cpuTime) = (median(runs.map(\.milliseconds)), median(runs.map(\.cpuMilliseconds)))
        (tried.milliseconds, tried.cpuMilliseconds) = (time, cpuTime)
        tried.cpuLoadMilliseconds = runs.last?.cpuLoadMilliseconds
        tried.state = time < cpuTime ? .selected : .slower
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    private func save(_ record: SelectionRecord) {
        self.record = record
        if !record.verdict.isEmpty { NSLog("%@", NSString(string: "\(title): \(record.verdict)")) }
        try? folder.write(record)
    }
}

enum ServiceEvent: Equatable, Sendable {
    /// The first frames are good.
    case startedWell
    /// Too many frames in a row were bad. With the last error.
    case dropped(String)
}

/// The detector of the selected program, which is dropped after five bad frames in a row.
struct SelectedDetector<Loaded> {
    static var most: Int { 5 }
    static var goodAtStart: Int { 5 }

    /// Nil: the CPU's detector serves.
    var detector: Loaded? {
        didSet { (goodFrames, badFrames) = (0, 0) }
    }
    var onEvent: (@Sendable (ServiceEvent) -> Void)?
    private var goodFrames = 0
    private var badFrames = 0  // in a row

    init(detector: Loaded? = nil, onEvent: (@Sendable (ServiceEvent) -> Void)? = nil) {
        (self.detector, self.onEvent) = (detector, onEvent)
    }

    /// Detects with the selected program, or with the CPU's. Nil: a bad frame, of which nothing is shown.
    mutating func run<Found>(orWith cpu: Loaded, _ detect: (Loaded) throws -> Found) throws -> Found? {
        guard let detector else { return try detect(cpu) }
        do {
            let found = try detect(detector)
            (goodFrames, badFrames) = (goodFrames + 1, 0)
            if goodFrames == Self.goodAtStart { onEvent?(.startedWell) }
            return found
        } catch {
            badFrames += 1
            if badFrames < Self.most { return nil }
            self.detector = nil
            onEvent?(.dropped(error.localizedDescription))
            return try detect(cpu)
        }
    }
}
