import Foundation

/// The files that came with the app.
enum ModelFiles {
    /// Whoever built the app left a file out.
    struct Missing: Error {}

    static func model() throws -> String {
        try path(of: Bundle.main.url(forResource: "model", withExtension: "pte"))
    }

    /// The folder of golden vectors: what PyTorch gave for this very model.
    static func vectors() throws -> String {
        try path(of: Bundle.main.url(forResource: "vectors", withExtension: nil))
    }

    private static func path(of url: URL?) throws -> String {
        guard let url else { throw Missing() }
        return url.path(percentEncoded: false)
    }
}
