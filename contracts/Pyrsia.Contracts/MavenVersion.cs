namespace Pyrsia.Contracts;

/// <summary>A version as Maven orders it: tokens parted by separators and by the border between digits and letters, some words with a rank.</summary>
/// <seealso href="https://maven.apache.org/pom.html#version-order-specification"/>
public sealed class MavenVersion
{
    /// <summary>Words that come before or at a release, in their order. What is not among them comes after all of them, in the order of letters.</summary>
    private static readonly string[] Qualifiers = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];

    private static readonly int ReleaseRank = Array.IndexOf(Qualifiers, "");

    private readonly List<Token> _tokens;

    private MavenVersion(string text, List<Token> tokens) => (Text, _tokens) = (text, tokens);

    /// <summary>Orders versions, lowest first; what means the same in the order of its letters.</summary>
    public static IComparer<string> Order { get; } = Comparer<string>.Create((one, other) => Parse(one).CompareTo(Parse(other)) is not 0 and var order ? order : string.CompareOrdinal(one, other));

    /// <summary>The version as it is written.</summary>
    public string Text { get; }

    /// <summary>Reads any text as a version.</summary>
    public static MavenVersion Parse(string text) => new(text, Trim(Tokenize(text.ToLowerInvariant())));

    /// <summary>Below zero when this version is lower, above when it is higher, zero when both mean the same.</summary>
    public int CompareTo(MavenVersion? other)
    {
        if (other is null) return 1;
        for (var i = 0; i < Math.Max(_tokens.Count, other._tokens.Count); i++)
        {
            var mine = i < _tokens.Count ? _tokens[i] : other._tokens[i].Padding;
            var its = i < other._tokens.Count ? other._tokens[i] : _tokens[i].Padding;
            var order = mine.CompareTo(its);
            if (order != 0) return order;
        }
        return 0;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static List<Token> Tokenize(string text)
    {
        var tokens = new List<Token>();
        var (start, hyphen) = (0, false);
        for (var i = 0; i <= text.Length; i++)
        {
            var separator = i == text.Length || text[i] is '.' or '-';
            var border = !separator && i > start && char.IsAsciiDigit(text[i]) != char.IsAsciiDigit(text[i - 1]);
            if (!separator && !border) continue;
            tokens.Add(Token.Of(text[start..i], hyphen || tokens.Count == 0, beforeNumber: border && char.IsAsciiDigit(text[i])));
            hyphen = border || (i < text.Length && text[i] != '.');
            start = border ? i : i + 1;
        }
        return tokens;
    }

    /// <summary>Takes away what means nothing (zeros, and the words for a release) at the end, before every hyphen and before every word.</summary>
    private static List<Token> Trim(List<Token> tokens)
    {
        for (var end = tokens.Count; end > 0;)
        {
            var first = end;
            while (first > 1 && tokens[first - 1].IsNull) first--;
            tokens.RemoveRange(first, end - first);
            end = first - 1;
            while (end > 0 && !tokens[end].Hyphen && tokens[end].Digits is not null) end--;
        }
        return tokens;
    }

    /// <param name="Hyphen">Whether it comes after a hyphen, or a border between digits and letters; else after a dot.</param>
    /// <param name="Digits">A number without leading zeros, of any length; null for a word.</param>
    /// <param name="Word">A word; empty for a number and for what means a release.</param>
    private readonly record struct Token(bool Hyphen, string? Digits, string Word) : IComparable<Token>
    {
        internal bool IsNull => Digits == "0" || (Digits is null && Word.Length == 0);

        /// <summary>What a shorter version has in this place: zero after a dot, a release after a hyphen.</summary>
        internal Token Padding => Digits is not null && !Hyphen ? this with { Digits = "0" } : new Token(Hyphen, Digits is null ? null : "0", "");

        /// <summary>Words after a dot, words after a hyphen, numbers after a hyphen, numbers after a dot.</summary>
        private int Class => (Digits is null ? 0 : 1, Hyphen) switch { (0, _) => 0, (_, true) => 1, _ => 2 };

        internal static Token Of(string text, bool hyphen, bool beforeNumber)
        {
            if (text.Length == 0) return new Token(hyphen, "0", "");
            if (char.IsAsciiDigit(text[0])) return new Token(hyphen, text.TrimStart('0') is { Length: > 0 } digits ? digits : "0", "");
            return new Token(hyphen, null, text switch
            {
                "a" when beforeNumber => "alpha",
                "b" when beforeNumber => "beta",
                "m" when beforeNumber => "milestone",
                "cr" => "rc",
                "final" or "ga" or "release" => "",
                _ => text,
            });
        }

        public int CompareTo(Token other)
        {
            if (Class != other.Class) return Class.CompareTo(other.Class);
            if (Digits is not null && other.Digits is not null) return Digits.Length != other.Digits.Length ? Digits.Length.CompareTo(other.Digits.Length) : string.CompareOrdinal(Digits, other.Digits);
            var (mine, its) = (Rank(Word), Rank(other.Word));
            return mine != its ? mine.CompareTo(its) : mine < Qualifiers.Length ? 0 : string.CompareOrdinal(Word, other.Word);
        }

        private static int Rank(string word) => Array.IndexOf(Qualifiers, word) is >= 0 and var rank ? rank : Qualifiers.Length;
    }
}
