import SwiftUI

/// Frames in a second and what each stage took.
struct StatsText: View {
    let speed: Speed?

    var body: some View {
        if let text {
            Text(verbatim: text)
                .font(.caption.monospacedDigit())
                .padding(6)
                .background(.regularMaterial, in: .rect(cornerRadius: 6))
                .padding(8)
                .allowsHitTesting(false)
                .accessibilityLabel("speed")
                .accessibilityValue(text)
        }
    }

    private var text: String? {
        switch speed {
        case .camera(let perSecond, let times):
            let perSecond = perSecond.map(NumberText.tenths) ?? "–"
            return String(format: String(localized: "stats_camera"), perSecond, StatsText.stages(times))
        case .photo(let times):
            return StatsText.stages(times)
        case nil:
            return nil
        }
    }

    static func stages(_ times: StageTimes) -> String {
        String(
            format: String(localized: "stats_stages"), NumberText.tenths(times.letterbox),
            NumberText.tenths(times.model), NumberText.tenths(times.boxes))
    }
}
