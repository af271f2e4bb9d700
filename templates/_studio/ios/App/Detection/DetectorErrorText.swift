import Foundation

/// Why the model cannot be used, and what to do about it, in words.
enum DetectorErrorText {
    static func text(_ error: any Error) -> String {
        switch error {
        case is ModelFiles.Missing:
            String(localized: "model_not_in_app")
        case let error as DetectorError:
            text(error)
        default:
            unexpected(error)
        }
    }

    private static func text(_ error: DetectorError) -> String {
        switch error.code {
        case .modelUnreadable:
            String(localized: "model_not_accessible")
        case .modelNotExpected:
            String(format: String(localized: "model_not_expected"), withoutFullStop(error.localizedDescription))
        case .modelDamaged:
            String(localized: "model_damaged")
        case .modelOfOtherRelease:
            otherRelease(ModelInfo.exporterVersion)
        case .backendMissing:
            String(format: String(localized: "model_backend_missing"), ModelInfo.backends.joined(separator: ", "))
        case .operatorMissing:
            String(localized: "model_operator_missing")
        case .outOfMemory:
            String(localized: "model_no_memory")
        case .vectorsUnreadable:
            String(format: String(localized: "vectors_unreadable"), error.localizedDescription)
        case .runtimeFailure, .invalidImage, .invalidThresholds:
            unexpected(error)
        @unknown default:
            unexpected(error)
        }
    }

    private static func otherRelease(_ exporter: String) -> String {
        let made = exporter.isEmpty ? "?" : exporter
        return String(format: String(localized: "model_not_readable"), made, ModelInfo.runtimeVersion)
    }

    /// A sentence that becomes a part of another one.
    private static func withoutFullStop(_ sentence: String) -> String {
        sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    }

    private static func unexpected(_ error: any Error) -> String {
        let error = error as NSError
        let words = [error.localizedDescription, error.localizedRecoverySuggestion].compactMap { $0 }
        return String(format: String(localized: "model_unexpected"), words.joined(separator: " "))
    }
}
