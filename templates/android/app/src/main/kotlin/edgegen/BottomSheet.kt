package edgegen

import android.annotation.SuppressLint
import android.view.MotionEvent
import android.view.View
import androidx.core.view.isVisible
import kotlin.math.max

private const val SWIPE_MILLIS = 250L
private const val SWIPE_DP = 48
private const val SHARE_TO_CLOSE = 3 // a third of the sheet

/** Lets a finger drag a [sheet] down by its [handle]: far enough, or fast, it closes. Otherwise it springs back. */
@SuppressLint("ClickableViewAccessibility") // the sheet has a button that closes it, too
fun dragToClose(handle: View, sheet: View, onClose: () -> Unit) {
    val swipe = SWIPE_DP * sheet.resources.displayMetrics.density
    var start = 0f
    handle.setOnTouchListener { _, event ->
        when (event.actionMasked) {
            MotionEvent.ACTION_DOWN -> {
                sheet.animate().cancel()
                start = event.rawY - sheet.translationY // on the screen: the handle moves with the finger
                handle.parent.requestDisallowInterceptTouchEvent(true) // otherwise the sheet scrolls
            }

            MotionEvent.ACTION_MOVE -> sheet.translationY = max(0f, event.rawY - start)

            MotionEvent.ACTION_UP -> {
                val way = sheet.translationY
                val isSwipe = event.eventTime - event.downTime < SWIPE_MILLIS && way > swipe
                if (isSwipe || way > sheet.height / SHARE_TO_CLOSE) {
                    sheet.animate().translationY(sheet.height.toFloat()).withEndAction(onClose)
                } else {
                    sheet.animate().translationY(0f)
                }
            }

            MotionEvent.ACTION_CANCEL -> sheet.animate().translationY(0f)
        }
        true
    }
}

/** Opens a [sheet] where it belongs, also after it was dragged down, or closes it. */
fun showSheet(sheet: View, isOpen: Boolean) {
    if (isOpen && !sheet.isVisible) {
        sheet.animate().cancel()
        sheet.translationY = 0f
    }
    sheet.isVisible = isOpen
}
