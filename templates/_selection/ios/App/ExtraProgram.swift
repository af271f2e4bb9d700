import Foundation
import UIKit

/// Loads the extra program in the background. A program that hangs keeps only its own thread.
struct ExtraProgram: ProgramLoader {
    let program: Program
    let pipeline: LivePipeline

    func load() async throws -> any LoadedProgram {
        let path = try ModelFiles.program(program)
        let vectors = try ModelFiles.vectors()
        return try await background(DispatchQueue(label: "trial", qos: .utility)) { queue in
            let start = ContinuousClock.now
            let detector = try Detector(program: program, path: path)
            return LoadedExtraProgram(
                detector: detector, loadMilliseconds: (ContinuousClock.now - start) / .milliseconds(1),
                vectors: vectors, queue: queue, pipeline: pipeline)
        }
    }

    func serveCPU() async {
        await pipeline.serve(nil)
    }
}

/// Unchecked: its own queue uses the detector until the comparison is done, and after that the pipeline's.
struct LoadedExtraProgram: LoadedProgram, @unchecked Sendable {
    let detector: Detector
    let loadMilliseconds: Double
    let vectors: String
    let queue: DispatchQueue
    let pipeline: LivePipeline

    func prove() async throws -> Proof {
        try await background(queue) { _ in
            let proof = try Trial.prove(detector, vectorsPath: vectors, picture: -1)
            return Proof(
                worst: String(format: "%.2g %@", proof.worst, proof.unit), pictures: proof.pictureCount,
                problem: proof.problem)
        }
    }

    func measure(run: Int) async throws -> TimedRun {
        try await pipeline.measure(self, run: run)
    }

    func serve() async {
        await pipeline.serve(self)
    }
}

private func background<Value: Sendable>(
    _ queue: DispatchQueue, _ work: @escaping @Sendable (DispatchQueue) throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        queue.async { continuation.resume(with: Result { try work(queue) }) }
    }
}

extension Selection {
    /// Nil: the app has no extra program, or no folder for the record.
    convenience init?(pipeline: LivePipeline) {
        guard let program = Program.all.first,
            let folder = FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask).first
        else { return nil }
        self.init(
            key: Self.key, title: program.title, folder: SelectionFolder(url: folder),
            loader: ExtraProgram(program: program, pipeline: pipeline), isDebugged: { Trial.isDebuggerAttached })
        // For as long as the app runs. A user who closes the app in the app switcher ends it, too.
        follow(UIApplication.didEnterBackgroundNotification) { $0.enterBackground() }
        follow(UIApplication.willTerminateNotification) { $0.enterBackground() }
        follow(UIApplication.willEnterForegroundNotification) { selection in Task { await selection.enterForeground() } }
    }

    /// The application posts these on the main thread, and waits for the action.
    private func follow(_ name: Notification.Name, _ action: @escaping @MainActor @Sendable (Selection) -> Void) {
        _ = NotificationCenter.default.addObserver(forName: name, object: nil, queue: nil) { [self] _ in
            MainActor.assumeIsolated { action(self) }
        }
    }

    /// A change of device, system, app or programs needs another trial.
    private static var key: String {
        var info = utsname()
        uname(&info)
        let device = withUnsafeBytes(of: &info.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let app = ["CFBundleShortVersionString", "CFBundleVersion"].map {
            Bundle.main.infoDictionary?[$0] as? String ?? "?"
        }
        let programs = [ModelInfo.modelSHA256] + Program.all.map(\.sha256)
        return ([device, ProcessInfo.processInfo.operatingSystemVersionString] + app + programs).joined(separator: " ")
    }
}
