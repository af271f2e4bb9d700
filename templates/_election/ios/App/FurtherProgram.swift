import Foundation

/// Loads the further program in the background. A program that hangs keeps only its own thread.
struct FurtherProgram: ProgramLoader {
    let program: Program
    let pipeline: Pipeline

    func load() async throws -> any LoadedProgram {
        let path = try ModelFiles.program(program)
        let vectors = try ModelFiles.vectors()
        return try await background(DispatchQueue(label: "trial", qos: .utility)) { queue in
            let start = ContinuousClock.now
            let detector = try Detector(program: program, path: path, threads: 0, allClasses: false)
            return LoadedFurtherProgram(
                detector: detector, loadMilliseconds: (ContinuousClock.now - start) / .milliseconds(1),
                vectors: vectors, queue: queue, pipeline: pipeline)
        }
    }

    func serveCPU() async {
        await pipeline.serve(nil)
    }
}

/// Unchecked: its own queue uses the detector until the comparison is done, and after that the pipeline's.
struct LoadedFurtherProgram: LoadedProgram, @unchecked Sendable {
    let detector: Detector
    let loadMilliseconds: Double
    fileprivate let vectors: String
    fileprivate let queue: DispatchQueue
    fileprivate let pipeline: Pipeline

    fileprivate init(
        detector: Detector, loadMilliseconds: Double, vectors: String, queue: DispatchQueue, pipeline: Pipeline
    ) {
        (self.detector, self.loadMilliseconds) = (detector, loadMilliseconds)
        (self.vectors, self.queue, self.pipeline) = (vectors, queue, pipeline)
    }

    func prove() async throws -> Proof {
        try await background(queue) { _ in
            let proof = try Trial.prove(detector, vectorsPath: vectors)
            return Proof(
                isPassed: proof.isPassed, worst: String(format: "%.2g %@", proof.worst, proof.unit),
                pictures: proof.pictureCount, problem: proof.problem)
        }
    }

    func measure() async throws -> Timing {
        try await pipeline.measure(self)
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

extension Election {
    /// Nil: the app has no further program, or no folder for the record.
    init?(pipeline: Pipeline) {
        guard let program = Program.all.first,
            let folder = FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask).first
        else { return nil }
        self.init(
            key: Self.key, backend: program.backend, title: program.title, folder: ElectionFolder(url: folder),
            loader: FurtherProgram(program: program, pipeline: pipeline))
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
