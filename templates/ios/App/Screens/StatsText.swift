import SwiftUI

/// Frames in a second and what each stage took.
struct StatsText: View {
    let results: ShownResult

    var body: some View {
        let text = results.stats
        if !text.isEmpty {
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
}
