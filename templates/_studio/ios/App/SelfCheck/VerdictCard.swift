import SwiftUI

/// What the self-check comes down to; the details stand below it.
struct VerdictCard: View {
    let checked: CheckedVectors
    let fastest: Timing?

    var body: some View {
        Section {
            VStack(alignment: .leading, spacing: 8) {
                Label(title: { Text(verbatim: verdict) }, icon: { icon })
                    .font(.headline)
                if let fastest {
                    Text(verbatim: speed(fastest))
                        .foregroundStyle(.secondary)
                }
            }
            .accessibilityElement(children: .combine)
        }
    }

    private var kind: Verdict { Verdict(checked) }

    private var verdict: String {
        String(
            format: String(localized: String.LocalizationValue(kind.textKey)), checked.comparedWith,
            String(checked.pictureCount))
    }

    private func speed(_ timing: Timing) -> String {
        String(
            format: String(localized: "verdict_speed"), NumberText.tenths(timing.times.total), String(timing.threads))
    }

    private var icon: some View {
        Image(systemName: kind == .failed ? "xmark.octagon" : "checkmark.circle")
            .foregroundStyle(kind == .failed ? Color.red : Color.green)
            .accessibilityHidden(true)  // the words say it
    }
}
