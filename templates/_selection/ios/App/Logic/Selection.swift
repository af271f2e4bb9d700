import Foundation

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
    let isPassed: Bool
    /// The largest difference of the result, with its unit.
    let worst: String
    let pictures: Int
    /// The first failure; empty: none.
    let problem: String
}

struct TimedRun: Equatable, Sendable {
    let milliseconds: Double
    let cpuMilliseconds: Double
    let cpuLoadMilliseconds: Double
    /// The first difference from the golden vectors; empty: none.
    let problem: String
}

/// Chooses the program that serves. The CPU's serves at once; the further one takes over after this device has found
/// its results right and its time shorter.
///
/// A marker is on the disk from before the program is loaded until its first good frames. If the next start finds it,
/// the program has crashed the app. The second crash in a row puts it out.
actor Selection {
    static var timedRuns: Int { 10 }
    static var crashesUntilOut: Int { 2 }

    nonisolated let changes: AsyncStream<SelectionStatus>
    /// Before it starts.
    nonisolated let first: SelectionStatus
    private(set) var status: SelectionStatus

    private let key: String
    private let backend: String
    let folder: SelectionFolder
    private let loader: any ProgramLoader
    private let isDebugged: @Sendable () -> Bool
    private let hangTime: Duration
    private let continuation: AsyncStream<SelectionStatus>.Continuation
    private var hasStarted = false
    private var hasRead = false
    /// The chosen program crashed the app at its last start, so this one uses the CPU.
    private var hasJustCrashed = false
    private var isInForeground = true
    private var isPaused = false
    private var interruptions = 0
    /// Nil: no program is being loaded or tried.
    private var attemptStart: ContinuousClock.Instant?

    /// `hangTime`: a trial that takes longer when the app leaves the foreground counts as one that hangs.
    init(
        key: String, backend: String, title: String, folder: SelectionFolder, loader: any ProgramLoader,
        isDebugged: @escaping @Sendable () -> Bool, hangTime: Duration = .seconds(60)
    ) {
        (self.key, self.backend, self.folder, self.loader) = (key, backend, folder, loader)
        (self.isDebugged, self.hangTime) = (isDebugged, hangTime)
        first = SelectionStatus(title: title, choice: folder.readChoice())
        status = first
        (changes, continuation) = AsyncStream.makeStream(of: SelectionStatus.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Starts once the CPU's program serves. Later calls do nothing.
    func start() async {
        if hasStarted { return }
        hasStarted = true
        readRecord()
        await decide()
    }

    private func readRecord() {
        if hasRead { return }
        hasRead = true
        status.record = folder.readRecord().flatMap { $0.key == key ? $0 : nil }
        guard folder.readMarker() == key else { return }
        var record = status.record ?? SelectionRecord(key: key, backend: backend, state: .crashed)
        hasJustCrashed = record.state != .crashed
        record.crashes += 1
        if record.crashes >= Self.crashesUntilOut { record.state = .crashed }
        save(record)
        folder.removeMarker()
    }

    /// The user chose a setting. A failed program is tried again only if the user wants this program.
    func choose(_ choice: BackendChoice) async {
        readRecord()
        try? folder.write(choice)
        status.choice = choice
        if choice == .further {
            hasJustCrashed = false
            if let state = status.record?.state, [.crashed, .failed, .dropped].contains(state) { status.record = nil }
        }
        if hasStarted { await decide() }
        continuation.yield(status)
    }

    /// The service of the program: its first frames are good, or it failed too often and the CPU's serves already.
    func note(_ event: ServiceEvent) {
        guard var record = status.record else { return }
        folder.removeMarker()
        record.crashes = 0
        if event == .dropped { (status.isServing, record.state) = (false, .dropped) }
        if record != status.record { save(record) }
    }

    /// A crash in the background is not the program's, so there is no marker. A trial is interrupted, and begins again
    /// in the foreground.
    func setInForeground(_ isInForeground: Bool) async {
        self.isInForeground = isInForeground
        if isInForeground {
            if hasStarted { await decide() }
            return
        }
        folder.removeMarker()
        guard let start = attemptStart else { return }
        interruptions += 1
        status.isTrying = false
        continuation.yield(status)
        guard start.duration(to: .now) > hangTime else { return }
        save(SelectionRecord(key: key, backend: backend, state: .failed, verdict: "it hangs"))
    }

    /// Closes the program, until `resume`: the self-check measures the device. A trial begins again then.
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
        status.isServing = false
        await loader.serveCPU()
        if attemptStart == nil { folder.removeMarker() }
    }

    private func decide() async {
        if attemptStart != nil || isPaused || !isInForeground { return }  // decided when that ends
        switch (status.choice, status.record?.state) {
        case (.cpu, _):
            await serveCPU()
        case (_, nil):
            await attempt(proven: nil)
        case (_, .crashed) where (status.record?.crashes ?? 0) < Self.crashesUntilOut:
            await attempt(proven: nil)  // the first compilation may crash once
        case (_, .selected), (.further, .slower), (.further, .wrong):
            if hasJustCrashed { await serveCPU() } else if !status.isServing { await attempt(proven: status.record) }
        default:
            await serveCPU()
        }
        continuation.yield(status)
    }

    /// Loads the program, and lets it serve if it may. `proven`: the record of an earlier trial, which still counts.
    private func attempt(proven: SelectionRecord?) async {
        attemptStart = .now
        let interruptionsBefore = interruptions
        var record = proven ?? SelectionRecord(key: key, backend: backend, state: .failed)
        var program: (any LoadedProgram)?
        do {
            if !isDebugged() { try folder.writeMarker(key) }  // before the program can end the app
            status.isTrying = true
            continuation.yield(status)
            let loaded = try await loader.load()
            if proven == nil { try await judge(loaded, &record) }
            program = loaded
        } catch {
            (record.state, record.verdict, record.crashes) = (.failed, error.localizedDescription, 0)
        }
        attemptStart = nil
        status.isTrying = false
        // The background may be the reason of a failure. Meanwhile the app may be in the foreground again.
        if interruptions != interruptionsBefore {
            folder.removeMarker()
            return await decide()
        }
        if record != proven { save(record) }
        let isWanted = status.choice == .further || (status.choice == .automatic && record.state == .selected)
        status.isServing = isWanted && program != nil
        if status.isServing, let program { await program.serve() } else { await serveCPU() }
        continuation.yield(status)
    }

    private func judge(_ program: any LoadedProgram, _ record: inout SelectionRecord) async throws {
        record.loadMilliseconds = program.loadMilliseconds
        let proof = try await program.prove()
        (record.worst, record.pictures, record.verdict) = (proof.worst, proof.pictures, proof.problem)
        record.state = .wrong
        guard proof.isPassed else { return }
        var runs: [TimedRun] = []
        for number in 0..<Self.timedRuns {
            let run = try await program.measure(run: number)
            record.verdict = run.problem
            guard run.problem.isEmpty else { return }
            runs.append(run)
        }
        let (time, cpuTime) = (median(runs.map(\.milliseconds)), median(runs.map(\.cpuMilliseconds)))
        (record.milliseconds, record.cpuMilliseconds) = (time, cpuTime)
        record.cpuLoadMilliseconds = runs.last?.cpuLoadMilliseconds
        record.state = time < cpuTime ? .selected : .slower
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    private func save(_ record: SelectionRecord) {
        status.record = record
        try? folder.write(record)
        continuation.yield(status)
    }
}
