import Foundation

/// Numbers with digits and a point that are the same in every language, as in labels and reports of all platforms.
enum NumberText {
    /// 0.87
    static func score(_ value: Double) -> String {
        String(format: "%.2f", value)
    }

    /// 87 %, of a share from 0 to 1
    static func percent(_ share: Double) -> String {
        let hundredths = Int((share * 100).rounded())
        return hundredths == 0 ? "<1 %" : "\(hundredths) %"
    }

    /// 12.3
    static func tenths(_ value: Double) -> String {
        String(format: "%.1f", value)
    }

    /// 0.5x, 2x: without a tenth that is nothing.
    static func times(_ value: Double) -> String {
        String(format: "%gx", (value * 10).rounded() / 10)
    }

    /// 0.00391: enough digits to compare a difference with its tolerance.
    static func difference(_ value: Double) -> String {
        String(format: "%.3g", value)
    }
}
