import Foundation

/// Messages for the user: why the model cannot be used, and what to do.
enum ErrorMessages {
    static func message(for error: any Error) -> String {
        let details = [error.localizedDescription, (error as NSError).localizedRecoverySuggestion].compactMap { $0 }
        advise(details.joined(separator: " "))
        return switch error {
        case is ModelFiles.Missing: String(localized: "model_not_in_app")
        case let error as DetectorError: message(for: error)
        default: String(localized: "model_unexpected")
        }
    }

    private static func message(for error: DetectorError) -> String {
        switch error.code {
        case .modelUnreadable:
            return String(localized: "model_not_accessible")
        case .modelNotExpected:
            advise("Run `edgegen update . --model` with this model.")
            return String(localized: "model_not_expected")
        case .modelDamaged:
            return String(localized: "model_damaged")
        case .modelOfOtherRelease:
            let exporter = ModelInfo.exporterVersion.isEmpty ? "?" : ModelInfo.exporterVersion
            advise("Export the model again: it is of ExecuTorch \(exporter), the app of \(ModelInfo.runtimeVersion).")
            return String(localized: "model_not_readable")
        case .backendMissing:
            let backends = ModelInfo.backends.joined(separator: ", ")
            advise("Link these backends of ExecuTorch, or export the model without them: \(backends).")
            return String(localized: "model_operator_missing")
        case .operatorMissing:
            advise("Link the ExecuTorch library that has the model's operators, or export the model again.")
            return String(localized: "model_operator_missing")
        case .outOfMemory:
            return String(localized: "model_no_memory")
        case .vectorsUnreadable:
            return String(localized: "vectors_unreadable")
        case .runtimeFailure, .invalidImage, .invalidThresholds:
            return String(localized: "model_unexpected")
        @unknown default:
            return String(localized: "model_unexpected")
        }
    }

    /// Xcode's console shows what only a developer can use.
    private static func advise(_ text: String) {
        NSLog("%@", NSString(string: text))
    }
}
