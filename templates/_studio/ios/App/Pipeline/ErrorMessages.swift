import Foundation

/// Messages for the user: why the model cannot be used, and what to do.
enum ErrorMessages {
    static func message(for error: any Error) -> String {
        // Xcode's console shows what only a developer can use.
        let details = [error.localizedDescription, (error as NSError).localizedRecoverySuggestion].compactMap { $0 }
        NSLog("%@", NSString(string: details.joined(separator: " ")))
        return switch error {
        case is ModelFiles.Missing: String(localized: "model_not_in_app")
        case let error as DetectorError: message(for: error)
        default: unexpected(error)
        }
    }

    private static func message(for error: DetectorError) -> String {
        switch error.code {
        case .modelUnreadable:
            return String(localized: "model_not_accessible")
        case .modelNotExpected:
            let sentence = error.localizedDescription
            let part = sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
            return String(format: String(localized: "model_not_expected"), part)
        case .modelDamaged:
            return String(localized: "model_damaged")
        case .modelOfOtherRelease:
            let exporter = ModelInfo.exporterVersion.isEmpty ? "?" : ModelInfo.exporterVersion
            return String(format: String(localized: "model_not_readable"), exporter, ModelInfo.runtimeVersion)
        case .backendMissing:
            return String(
                format: String(localized: "model_backend_missing"), ModelInfo.backends.joined(separator: ", "))
        case .operatorMissing:
            return String(localized: "model_operator_missing")
        case .outOfMemory:
            return String(localized: "model_no_memory")
        case .vectorsUnreadable:
            return String(localized: "vectors_unreadable")
        case .runtimeFailure, .invalidImage, .invalidThresholds:
            return unexpected(error)
        @unknown default:
            return unexpected(error)
        }
    }

    private static func unexpected(_ error: any Error) -> String {
        String(format: String(localized: "model_unexpected"), error.localizedDescription)
    }
}
