using System.Buffers;
using System.Text;

namespace Pyrsia.Builds.Dockerfiles;

/// <summary>The variables that FROM may name: those that ARG declares before it, and what is said of the platform.</summary>
internal sealed class DockerfileVariables
{
    /// <summary>What a value may not hold, because it would have to be read by rules of quoting.</summary>
    private static readonly SearchValues<char> Quoting = SearchValues.Create("$\"'\\ \t");

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    internal DockerfileVariables(string architecture)
    {
        Platform = $"linux/{architecture}";
        foreach (var (name, value) in Predefined(architecture)) _values[name] = value;
    }

    /// <summary>What is built for, such as <c>linux/amd64</c>.</summary>
    internal string Platform { get; }

    /// <summary>What every build gets, for those instructions that declare it with ARG.</summary>
    internal static IEnumerable<(string Name, string Value)> Predefined(string architecture) =>
    [
        ("BUILDARCH", architecture), ("BUILDOS", "linux"), ("BUILDPLATFORM", $"linux/{architecture}"), ("TARGETARCH", architecture), ("TARGETOS", "linux"), ("TARGETPLATFORM", $"linux/{architecture}"),
    ];

    /// <summary>Takes <c>ARG NAME=VALUE</c>.</summary>
    internal void Declare(DockerfileInstruction instruction)
    {
        if (instruction.Rest.Split('=', 2) is not [var name, var value])
        {
            _values.TryAdd(instruction.Rest, "");
            return;
        }
        if (value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0]) value = value[1..^1];
        if (value.AsSpan().ContainsAny(Quoting)) throw DockerfileLines.At(instruction.Line, "an ARG before FROM has one plain value");
        _values[name] = value;
    }

    /// <summary>Fills in <c>$NAME</c>, <c>${NAME}</c> and <c>${NAME:-VALUE}</c>.</summary>
    /// <exception cref="DockerfileRefusedException">A variable is not declared, or written in another way.</exception>
    internal string Expand(string text, int line)
    {
        var filled = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            if (text[at] is '\\' or '"' or '\'') throw DockerfileLines.At(line, "FROM takes a plain name");
            if (text[at] != '$')
            {
                filled.Append(text[at++]);
                continue;
            }
            var braced = at + 1 < text.Length && text[at + 1] == '{';
            var start = at + (braced ? 2 : 1);
            var end = start;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_')) end++;
            var (name, otherwise) = (text[start..end], "");
            if (braced)
            {
                var close = text.IndexOf('}', end);
                if (close < 0 || (close > end && !text[end..close].StartsWith(":-", StringComparison.Ordinal))) throw DockerfileLines.At(line, "a variable in FROM has the form ${NAME} or ${NAME:-VALUE}");
                if (close > end) otherwise = text[(end + 2)..close];
                end = close + 1;
            }
            var value = _values.GetValueOrDefault(name) is { Length: > 0 } known ? known : otherwise;
            if (value.Length == 0 || value.Contains('$', StringComparison.Ordinal)) throw DockerfileLines.At(line, $"FROM names the variable '{name}', for which no ARG before it has a value");
            filled.Append(value);
            at = end;
        }
        return filled.ToString();
    }
}
