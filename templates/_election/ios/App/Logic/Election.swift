import Foundation

/// Loads the further program: `FurtherProgram` in the app, a fake in the tests.
protocol ProgramLoader: Sendable {
    /// Loads the program and runs it once, on a thread of its own.
    func load() async throws -> any LoadedProgram
    /// From the next picture on, the CPU's program serves.
    func serveCPU() async
}

/// A further program in memory.
protocol LoadedProgram: Sendable {
    var loadMilliseconds: Double { get }
    /// Compares it with the golden vectors, on the thread that loaded it.
    func prove() async throws -> Proof
    /// Compares its time with that of the CPU's program, on the thread that analyzes frames.
    func measure() async throws -> TrialTiming
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

/// Medians, in milliseconds.
struct TrialTiming: Equatable, Sendable {
    let milliseconds: Double
    let cpuMilliseconds: Double
    let cpuLoadMilliseconds: Double
}

/// Chooses the program that serves. The CPU's serves at once; the further one takes over after this device has found
/// its results right and its time shorter.
actor Election {
    nonisolated let changes: AsyncStream<ElectionStatus>
    /// Before it starts.
    nonisolated let first: ElectionStatus
    private(set) var status: ElectionStatus

    private let key: String
    private let backend: String
    private let folder: ElectionFolder
    private let loader: any ProgramLoader
    private let continuation: AsyncStream<ElectionStatus>.Continuation
    private var hasStarted = false
    private var hasRead = false
    private var isTrying = false

    init(key: String, backend: String, title: String, folder: ElectionFolder, loader: any ProgramLoader) {
        (self.key, self.backend, self.folder, self.loader) = (key, backend, folder, loader)
        first = ElectionStatus(title: title, choice: folder.readChoice())
        status = first
        (changes, continuation) = AsyncStream.makeStream(of: ElectionStatus.self, bufferingPolicy: .bufferingNewest(1))
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
        if status.record?.state == .trying { end(as: .crashed) }
    }

    /// The user chose a setting. A failed program is tried again only if the user wants this program.
    func choose(_ choice: BackendChoice) async {
        readRecord()
        try? folder.write(choice)
        status.choice = choice
        if choice == .further, let state = status.record?.state, [.crashed, .failed, .dropped].contains(state) {
            status.record = nil
        }
        if hasStarted { await decide() }
        continuation.yield(status)
    }

    /// The program failed too often. The CPU's program serves already.
    func drop() {
        status.isServing = false
        end(as: .dropped)
    }

    /// Closes the program, until `checkAgain`: the self-check measures the device.
    func pause() async {
        status.isServing = false
        await loader.serveCPU()
    }

    /// After a self-check that closed the program.
    func repeatTrial() async {
        await pause()
        await checkAgain()
    }

    /// Repeats the trial, unless the program has failed.
    func checkAgain() async {
        if !hasStarted || isTrying { return }
        let isRepeated = status.choice != .cpu && [.elected, .slower, .wrong].contains(status.record?.state)
        await isRepeated ? attempt(proven: nil) : decide()
    }

    private func decide() async {
        if isTrying { return }  // the end of the trial decides
        switch (status.choice, status.record?.state) {
        case (.cpu, _):
            await pause()
        case (_, nil):
            await attempt(proven: nil)
        case (_, .elected), (.further, .slower), (.further, .wrong):
            if !status.isServing { await attempt(proven: status.record) }
        default:
            await pause()
        }
        continuation.yield(status)
    }

    /// Loads the program, and lets it serve if it may. `proven`: the record of an earlier trial, which still counts.
    private func attempt(proven: ElectionRecord?) async {
        isTrying = true
        defer { isTrying = false }
        var record = proven ?? ElectionRecord(key: key, backend: backend, state: .failed)
        var program: (any LoadedProgram)?
        do {
            try mark(record)  // before the program can end the app
            let loaded = try await loader.load()
            record.loadMilliseconds = loaded.loadMilliseconds
            if proven == nil { try await judge(loaded, &record) }
            program = loaded
        } catch {
            (record.state, record.verdict) = (.failed, error.localizedDescription)
        }
        status.record = record
        try? folder.write(record)
        let isWanted = status.choice == .further || (status.choice == .automatic && record.state == .elected)
        status.isServing = isWanted && program != nil
        if isWanted, let program { await program.serve() } else { await loader.serveCPU() }
        continuation.yield(status)
    }

    private func mark(_ record: ElectionRecord) throws {
        var marker = record
        marker.state = .trying
        try folder.write(marker)
        status.record = marker
        continuation.yield(status)
    }

    private func judge(_ program: any LoadedProgram, _ record: inout ElectionRecord) async throws {
        let proof = try await program.prove()
        (record.worst, record.pictures, record.verdict) = (proof.worst, proof.pictures, proof.problem)
        guard proof.isPassed else {
            record.state = .wrong
            return
        }
        let timing = try await program.measure()
        (record.milliseconds, record.cpuMilliseconds) = (timing.milliseconds, timing.cpuMilliseconds)
        record.cpuLoadMilliseconds = timing.cpuLoadMilliseconds
        record.state = timing.milliseconds < timing.cpuMilliseconds ? .elected : .slower
    }

    private func end(as state: ElectionRecord.State) {
        guard var record = status.record else { return }
        record.state = state
        status.record = record
        try? folder.write(record)
        continuation.yield(status)
    }
}
