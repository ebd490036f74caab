using System.Text;

namespace Pyrsia.Builds.Dockerfiles;

/// <summary>One instruction of a Dockerfile, its lines joined.</summary>
/// <param name="Keyword">In capitals.</param>
/// <param name="Rest">What follows it.</param>
/// <param name="Line">Where it begins, from 1.</param>
internal sealed record DockerfileInstruction(string Keyword, string Rest, int Line);

/// <summary>
/// Takes a Dockerfile apart into instructions. What builders get is written anew from these, one instruction a line, so that no program reads a line as anything else than what was looked at here.
/// </summary>
/// <seealso href="https://docs.docker.com/reference/dockerfile/#format"/>
internal static class DockerfileLines
{
    /// <summary>Longest Dockerfile in bytes.</summary>
    internal const int MaxBytes = 256 << 10;

    /// <summary>Most instructions: each may become a layer of its own on the way.</summary>
    private const int MaxInstructions = 500;

    private static readonly HashSet<string> Keywords = new(StringComparer.Ordinal)
    {
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    };

    /// <summary>Reads the instructions.</summary>
    /// <exception cref="DockerfileRefusedException">It is no Dockerfile that builders read alike.</exception>
    internal static IReadOnlyList<DockerfileInstruction> Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes) throw new DockerfileRefusedException($"it is longer than {MaxBytes} bytes");
        var lines = Text(bytes).Split('\n');
        var instructions = new List<DockerfileInstruction>();
        RequireOrdinaryDirectives(lines);
        for (var at = 0; at < lines.Length; at++)
        {
            var first = at;
            var line = lines[at].TrimStart();
            if (line.Length == 0 || line[0] == '#') continue;
            var joined = new StringBuilder();
            while (true)
            {
                var content = lines[at].TrimEnd('\r', ' ', '\t');
                var continues = content.EndsWith('\\');
                joined.Append(continues ? content[..^1] : content);
                if (!continues) break;
                // Between the lines of an instruction comments and empty lines are passed over.
                do at++;
                while (at < lines.Length && (lines[at].Trim().Length == 0 || lines[at].TrimStart()[0] == '#'));
                if (at >= lines.Length) break;
            }
            instructions.Add(Instruction(joined.ToString().Trim(), first + 1));
            if (instructions.Count > MaxInstructions) throw new DockerfileRefusedException($"it has more than {MaxInstructions} instructions");
        }
        return instructions;
    }

    private static DockerfileInstruction Instruction(string text, int line)
    {
        var end = text.IndexOfAny([' ', '\t']);
        var keyword = (end < 0 ? text : text[..end]).ToUpperInvariant();
        var rest = end < 0 ? "" : text[end..].Trim();
        if (keyword == "ONBUILD") throw At(line, "ONBUILD says what other builds do, which nobody could see in theirs");
        if (!Keywords.Contains(keyword)) throw At(line, "there is no such instruction, or builders do not take it");
        if (rest.Length == 0) throw At(line, $"{keyword} says nothing");
        if (rest.Any(c => char.IsControl(c) && c != '\t')) throw At(line, "it has a control character");
        // It would draw the next instruction into this one.
        return rest.EndsWith('\\') ? throw At(line, "it ends with a backslash that joins it to nothing") : new DockerfileInstruction(keyword, rest, line);
    }

    internal static DockerfileRefusedException At(int line, string what) => new($"line {line}: {what}");

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            throw new DockerfileRefusedException("it is no UTF-8 text", e);
        }
    }

    /// <summary>Comments at the top may change how the rest is read, or name a program that reads it and would have to be fetched.</summary>
    private static void RequireOrdinaryDirectives(string[] lines)
    {
        foreach (var (line, number) in lines.Select((line, i) => (line.Trim(), i + 1)))
        {
            if (!line.StartsWith('#') || line[1..].Split('=', 2) is not [var name, var value]) return;
            var isOrdinary = name.Trim().ToUpperInvariant() switch
            {
                "SYNTAX" => value.Trim() is "docker/dockerfile:1" or "docker/dockerfile:1.0",
                "ESCAPE" => value.Trim() == "\\",
                _ => true,
            };
            if (!isOrdinary) throw At(number, $"builders read Dockerfiles in their ordinary form, and not by '{name.Trim()}'");
        }
    }
}
