import Foundation

/// The files that came with the app.
enum ModelFiles {
    /// What is known of each model, the first of which is live at first.
    static let models = [
        Model(
            id: ModelInfo.modelSHA256, name: ModelInfo.modelName, file: "model", classNames: ModelInfo.classNames,
            confidence: Thresholds.standard.confidence, skeleton: skeleton)
    ]

    private static let skeleton: [Limb] = {
        let ends = ModelInfo.skeleton.map(\.intValue)
        return stride(from: 0, to: ends.count, by: 2).map { Limb(from: ends[$0], to: ends[$0 + 1]) }
    }()

    /// Whoever built the app left a file out.
    struct Missing: Error {}

    static func path(of model: Model = models[0]) throws -> String {
        try path(of: Bundle.main.url(forResource: model.file, withExtension: "pte"))
    }

    /// The folder of golden vectors: what PyTorch gave for this very model.
    static func vectors() throws -> String {
        try path(of: Bundle.main.url(forResource: "vectors", withExtension: nil))
    }

    /// How the model's numbers are to be read, in words.
    static func metadata() throws -> String {
        try path(of: Bundle.main.url(forResource: "metadata", withExtension: "yaml"))
    }

    private static func path(of url: URL?) throws -> String {
        guard let url else { throw Missing() }
        return url.path(percentEncoded: false)
    }
}
