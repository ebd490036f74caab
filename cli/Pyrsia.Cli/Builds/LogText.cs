using System.Text;

namespace Pyrsia.Cli.Builds;

/// <summary>
/// Turns pieces of a build's log into text for a terminal. What a build says is a stranger's: control characters, which could move the cursor or hide what was
/// said before, are shown as a mark. A character that is cut by the end of a piece comes with the next.
/// </summary>
internal sealed class LogText
{
    private const char Mark = '\uFFFD';

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>The text of the next piece.</summary>
    public string Next(byte[] piece)
    {
        var text = new char[_decoder.GetCharCount(piece, flush: false)];
        _decoder.GetChars(piece, text, flush: false);
        return string.Create(text.Length, text, (shown, said) =>
        {
            for (var i = 0; i < said.Length; i++) shown[i] = char.IsControl(said[i]) && said[i] is not ('\n' or '\t') ? Mark : said[i];
        });
    }
}
