import Foundation
import UIKit

/// Which model, which runtime, which device.
enum About {
    @MainActor
    static func lines() -> [String] {
        let device = UIDevice.current
        let exporter = ModelInfo.exporterVersion
        return [
            "app: \(ModelInfo.appName) \(version), made by edgegen \(ModelInfo.edgegenVersion)",
            "model: \(ModelInfo.modelName), \(ModelInfo.task), \(ModelInfo.precision), "
                + "\(ModelInfo.inputWidth) x \(ModelInfo.inputHeight), \(ModelInfo.classNames.count) classes",
            "sha256: \(ModelInfo.modelSHA256)",
            "license: \(ModelInfo.license)",
            "backends: \(ModelInfo.backends.joined(separator: ", "))",
            "ExecuTorch: \(ModelInfo.runtimeVersion); exported with \(exporter.isEmpty ? "an unknown release" : exporter)",
            "device: \(model), \(ProcessInfo.processInfo.activeProcessorCount) cores, "
                + "\(device.systemName) \(device.systemVersion)",
        ]
    }

    /// Which one it is, and its system: not whose.
    static func device() -> String {
        "\(model), iOS \(ProcessInfo.processInfo.operatingSystemVersionString)"
    }

    private static var version: String {
        let info = Bundle.main.infoDictionary
        let short = info?["CFBundleShortVersionString"] as? String ?? "?"
        let build = info?["CFBundleVersion"] as? String ?? "?"
        return "\(short) (\(build))"
    }

    /// As Apple numbers its devices, "iPhone15,2": UIDevice knows them all as iPhone.
    private static var model: String {
        var info = utsname()
        uname(&info)
        return withUnsafeBytes(of: &info.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
