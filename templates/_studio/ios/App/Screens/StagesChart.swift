import SwiftUI

/// What each stage took of the whole time: bars of one length together, and the numbers below.
struct StagesChart: View {
    private static let height = 12.0
    private static let colors: [Color] = [.blue, .orange, .green]

    let times: StageTimes

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            Canvas { context, size in
                var left = 0.0
                for (color, share) in zip(StagesChart.colors, times.shares) {
                    let bar = CGRect(x: left, y: 0, width: share * size.width, height: size.height)
                    context.fill(Path(roundedRect: bar, cornerRadius: 0), with: .color(color))
                    left = bar.maxX
                }
            }
            .frame(height: StagesChart.height)
            .accessibilityHidden(true)  // the numbers say the same
            Text(verbatim: StatsText.stages(times))
                .font(.footnote.monospacedDigit())
        }
        .accessibilityElement(children: .combine)
    }
}
