using System.Text;
using Pyrsia.Contracts;

namespace Pyrsia.Builds.Dockerfiles;

/// <summary>
/// A Dockerfile that builders build alike: read, looked at, and written anew with its bases under names that lead nowhere but to images that the builder has put there. What could reach a network by the
/// program that builds rather than by a command, what only some such programs know, and what they do differently is refused.
/// </summary>
public sealed class Dockerfile
{
    private const string Scratch = "scratch";
    private const string FromFlag = "--from=";

    private readonly IReadOnlyList<DockerfileInstruction> _instructions;
    private readonly Dictionary<DockerfileInstruction, ImageReference> _from = [];
    private readonly List<ImageReference> _bases = [];

    private Dockerfile(IReadOnlyList<DockerfileInstruction> instructions) => _instructions = instructions;

    /// <summary>The images that it stands on or copies from, each once, in the order in which they come.</summary>
    public IReadOnlyList<ImageReference> Bases => _bases;

    /// <summary>The image that the result stands on; null when that is none.</summary>
    public ImageReference? ResultBase { get; private set; }

    /// <summary>Reads a Dockerfile.</summary>
    /// <param name="bytes">Its text.</param>
    /// <param name="architecture">The processor that is built for, as Go names it.</param>
    /// <exception cref="DockerfileRefusedException">It says what builders do not do; the message says where and what.</exception>
    public static Dockerfile Parse(ReadOnlySpan<byte> bytes, string architecture)
    {
        var file = new Dockerfile(DockerfileLines.Read(bytes));
        var variables = new DockerfileVariables(architecture);
        var stages = new Dictionary<string, ImageReference?>(StringComparer.Ordinal);
        var count = 0;
        foreach (var instruction in file._instructions)
        {
            if (instruction.Keyword == "FROM") file.AddStage(instruction, variables, stages, count++);
            else if (count == 0 && instruction.Keyword == "ARG") variables.Declare(instruction);
            else if (count == 0) throw DockerfileLines.At(instruction.Line, "the first instruction is FROM, or ARG for it");
            else file.Check(instruction, stages);
        }
        return count > 0 ? file : throw new DockerfileRefusedException("it has no FROM");
    }

    /// <summary>The Dockerfile as it is built.</summary>
    /// <param name="nameOf">The name under which the program that builds finds a base.</param>
    public byte[] ToBytes(Func<ImageReference, string> nameOf)
    {
        ArgumentNullException.ThrowIfNull(nameOf);
        var text = new StringBuilder();
        foreach (var instruction in _instructions)
        {
            var rest = !_from.TryGetValue(instruction, out var image) ? instruction.Rest : instruction.Keyword == "FROM" ? From(instruction, nameOf(image)) : CopyFrom(instruction, nameOf(image));
            text.Append(instruction.Keyword).Append(' ').Append(rest).Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string From(DockerfileInstruction instruction, string name) => Words(instruction).SkipWhile(IsFlag).ToArray() is [_, var keyword, var stage] ? $"{name} {keyword} {stage}" : name;

    private static string CopyFrom(DockerfileInstruction instruction, string name) =>
        string.Join(' ', Words(instruction).TakeWhile(IsFlag).Select(flag => flag.StartsWith(FromFlag, StringComparison.Ordinal) ? FromFlag + name : flag).Append(Arguments(instruction)));

    private void AddStage(DockerfileInstruction instruction, DockerfileVariables variables, Dictionary<string, ImageReference?> stages, int index)
    {
        var words = Words(instruction);
        var flags = words.TakeWhile(IsFlag).ToArray();
        foreach (var flag in flags)
        {
            if (!flag.StartsWith("--platform=", StringComparison.Ordinal) || variables.Expand(flag["--platform=".Length..], instruction.Line) != variables.Platform)
                throw DockerfileLines.At(instruction.Line, $"builders build for {variables.Platform}, and '{flag}' says otherwise");
        }
        string? name = null;
        if (words.Length - flags.Length is not (1 or 3)) throw DockerfileLines.At(instruction.Line, "FROM has the form FROM IMAGE [AS NAME]");
        var written = variables.Expand(words[flags.Length], instruction.Line);
        if (words.Length - flags.Length == 3)
        {
            name = words[^1].ToUpperInvariant();
            if (!words[^2].Equals("AS", StringComparison.OrdinalIgnoreCase) || !char.IsAsciiLetter(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') || stages.ContainsKey(name))
                throw DockerfileLines.At(instruction.Line, $"'{words[^1]}' can't be the name of a stage, or is one already");
        }
        ResultBase = stages.TryGetValue(written.ToUpperInvariant(), out var earlier) ? earlier : written == Scratch ? null : AddBase(instruction, written);
        // The name a base has in the text that is built is another, so a variable need not be known there; that of a stage stays.
        if (written != words[flags.Length] && !_from.ContainsKey(instruction)) throw DockerfileLines.At(instruction.Line, "a stage or scratch is named as it is, not by a variable");
        if (flags.Length > 0 && !_from.ContainsKey(instruction)) throw DockerfileLines.At(instruction.Line, "a stage and scratch have no platform");
        stages[$"{index}"] = ResultBase;
        if (name is not null) stages[name] = ResultBase;
    }

    private ImageReference AddBase(DockerfileInstruction instruction, string written)
    {
        if (!ImageReference.TryParse(written, out var image, out var error)) throw DockerfileLines.At(instruction.Line, error);
        if (!_bases.Contains(image)) _bases.Add(image);
        return _from[instruction] = image;
    }

    private void Check(DockerfileInstruction instruction, Dictionary<string, ImageReference?> stages)
    {
        var flags = Words(instruction).TakeWhile(IsFlag).ToArray();
        // The end of a text that follows would be looked for in the lines below, which some programs do and others don't.
        if (instruction.Keyword is "RUN" or "COPY" or "ADD" && HasHereDocument(instruction.Rest)) throw DockerfileLines.At(instruction.Line, "builders do not take here-documents");
        switch (instruction.Keyword)
        {
            case "RUN" when flags.Length > 0:
                throw DockerfileLines.At(instruction.Line, $"RUN has no flags here ('{flags[0]}'): mounts keep what was not built, and there is no network");
            case "ADD":
                RequireFlags(instruction, flags, "--chown=");
                // The program that builds would fetch it, past all that keeps a build from the network.
                if (Arguments(instruction).IndexOfAny([':', '$', '\\']) >= 0 || Arguments(instruction).Contains("github.com/", StringComparison.OrdinalIgnoreCase)) throw DockerfileLines.At(instruction.Line, "ADD takes files of the source by their names only, with no address, variable or backslash");
                break;
            case "COPY":
                RequireFlags(instruction, flags, "--chown=", FromFlag);
                if (flags.SingleOrDefault(flag => flag.StartsWith(FromFlag, StringComparison.Ordinal)) is { } from) CheckFrom(instruction, from[FromFlag.Length..], stages);
                break;
        }
    }

    private void CheckFrom(DockerfileInstruction instruction, string from, Dictionary<string, ImageReference?> stages)
    {
        if (from.AsSpan().IndexOfAny('$', '\\', '"') >= 0 || from.Length == 0) throw DockerfileLines.At(instruction.Line, "COPY --from names a stage or an image as it is, not by a variable");
        if (!stages.ContainsKey(from.ToUpperInvariant())) AddBase(instruction, from);
    }

    private static void RequireFlags(DockerfileInstruction instruction, string[] flags, params string[] allowed)
    {
        foreach (var flag in flags)
            if (!allowed.Any(known => flag.StartsWith(known, StringComparison.Ordinal))) throw DockerfileLines.At(instruction.Line, $"'{flag}' is a flag that only some builders know; {instruction.Keyword} takes {string.Join(" and ", allowed)}");
        if (flags.Select(flag => flag.Split('=')[0]).Distinct(StringComparer.Ordinal).Count() != flags.Length) throw DockerfileLines.At(instruction.Line, "a flag stands twice");
    }

    private static bool HasHereDocument(string text)
    {
        for (var at = text.IndexOf("<<", StringComparison.Ordinal); at >= 0; at = text.IndexOf("<<", at + 2, StringComparison.Ordinal))
            if (at + 2 < text.Length && (char.IsLetter(text[at + 2]) || text[at + 2] is '-' or '_' or '"' or '\'')) return true;
        return false;
    }

    private static string Arguments(DockerfileInstruction instruction)
    {
        var rest = instruction.Rest;
        while (rest.StartsWith("--", StringComparison.Ordinal)) rest = rest.IndexOfAny([' ', '\t']) is var end and >= 0 ? rest[end..].TrimStart() : "";
        return rest;
    }

    private static string[] Words(DockerfileInstruction instruction) => instruction.Rest.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    private static bool IsFlag(string word) => word.StartsWith("--", StringComparison.Ordinal);
}
