using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Specifications;

/// <summary>What a build sees of its surroundings, where a tool lets it leak into what it makes.</summary>
/// <param name="Newline"><c>lf</c> or <c>crlf</c>: the line ends of checked-out text.</param>
/// <param name="Umask">Three octal digits, with or without a 0 before them.</param>
/// <param name="TimeZone">Such as <c>UTC</c>.</param>
/// <param name="Locale">Such as <c>C.UTF-8</c>.</param>
public sealed record BuildEnvironment(string Newline, string Umask, string TimeZone, string Locale)
{
    /// <summary>What most builds want.</summary>
    public static BuildEnvironment Default { get; } = new("lf", "022", "UTC", "C.UTF-8");

    internal CanonicalObject ToJson() => CanonicalObject.Of([("newline", Newline), ("umask", Umask), ("timeZone", TimeZone), ("locale", Locale)]);

    internal static BuildEnvironment Read(FieldReader reader)
    {
        var newline = reader.String("newline", EntryLimits.MaxWordLength);
        if (newline is not ("lf" or "crlf"))
            throw reader.Wrong("newline", "'lf' or 'crlf'");
        var umask = reader.String("umask", 4);
        if (umask.Length < 3 || umask.Any(c => c is < '0' or > '7') || (umask.Length == 4 && umask[0] != '0'))
            throw reader.Wrong("umask", "three octal digits, with or without a 0 before them");
        return new BuildEnvironment(newline, umask, ReadWord(reader, "timeZone"), ReadWord(reader, "locale"));
    }

    private static string ReadWord(FieldReader reader, string name)
    {
        var word = BuildRequest.ReadName(reader, name);
        return word.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+' or '.' or '@') ? word : throw reader.Wrong(name, "such as UTC or C.UTF-8");
    }
}
