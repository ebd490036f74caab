using System.CommandLine;
using System.Text.Json;
using Pyrsia.Cli.Builds;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia build maven</c>: a version from its upstream repository, or from source.</summary>
internal sealed class BuildMavenCommand
{
    private readonly Option<string?> _gav = new("--gav") { HelpName = "G:A:V", Description = "The version of the artifact." };
    private readonly Option<string[]> _variants = new("--variant") { HelpName = "CLASSIFIER.EXT", Description = "Notarized: take this file too, such as sources.jar. Repeatable." };
    private readonly Option<long?> _maxBytes = new("--max-bytes") { HelpName = "BYTES", Description = "Refuse a version whose files have more bytes in all." };
    private readonly SourceOptions _source = new();
    private readonly Option<string[]> _goals = new("--goal") { HelpName = "PHASE", Description = "From source: a phase of Maven's lifecycle, the last one deploy, which is also what is run unless given. Repeatable." };
    private readonly Option<int?> _jdk = new("--jdk") { HelpName = "MAJOR", Description = "From source: the JDK that the builder image must have; 17 unless given." };
    private readonly Option<string?> _toolVersion = new("--tool-version") { HelpName = "VERSION", Description = "From source: the Maven that the builder image must have; 3.8.7 unless given." };
    private readonly Option<string[]> _options = new("--option") { HelpName = "X", Description = "From source: an option of Maven, such as --option=-DskipTests. Repeatable." };
    private readonly Option<string[]> _files = new("--file") { HelpName = "PATH", Description = "From source: a file that counts, by its path in the repository, such as org/acme/lib/1.0/lib-1.0.jar; the version's jar and pom unless given. Repeatable." };
    private readonly Option<string?> _image = new("--builder-image") { HelpName = "DIGEST", Description = "From source: the builder image; the one that most authorities have unless given." };
    private readonly Option<string?> _specification = new("--spec") { HelpName = "FILE", Description = "From source: a whole build specification, in place of everything else." };

    public Command Create(CommandLine line)
    {
        var command = new Command(
            "maven",
            "Has the authorities fetch a version of an artifact from the upstream repository, or build it from source, each by itself, and log what they agree on.") { _gav, _variants, _maxBytes };
        _source.AddTo(command);
        foreach (var option in new Option[] { _goals, _options, _jdk, _toolVersion, _files, _image, _specification }) command.Options.Add(option);
        BuildCommand.BindRequest(line, command, async (context, result, cancellationToken) => await context.Node.BuildMavenAsync(await ReadAsync(context, result, cancellationToken), cancellationToken));
        return command;
    }

    private async Task<BuildMavenRequest> ReadAsync(CliContext context, ParseResult result, CancellationToken cancellationToken)
    {
        if (result.GetValue(_specification) is { } path) return Whole(result, path);
        if (!MavenCoordinates.TryParse(result.GetValue(_gav), out var coordinates, out var error)) throw CliException.Usage(error, "Such as --gav org.apache.commons:commons-lang3:3.12.0.");
        var source = await _source.ReadAsync(context, result, cancellationToken);
        return new BuildMavenRequest(
            coordinates.ToString(), Some(result.GetValue(_variants)), result.GetValue(_maxBytes), source?.Url, source?.Commit, source?.Tag, source?.Subdirectory,
            Some(result.GetValue(_goals)), Some(result.GetValue(_options)), Some(result.GetValue(_files)), result.GetValue(_image), result.GetValue(_jdk), result.GetValue(_toolVersion));
    }

    /// <summary>Reads a specification here, so that what is wrong with it is told with the file's name; the node reads it again.</summary>
    private BuildMavenRequest Whole(ParseResult result, string path)
    {
        if (new Option[] { _gav, _variants, _goals, _options, _jdk, _toolVersion, _files, _image }.Any(option => result.GetResult(option) is not null) || _source.IsGiven(result))
            throw CliException.Usage("--spec stands in place of the other options.", "Only --max-bytes goes with it.");
        if (!File.Exists(path)) throw new CliException($"There is no file {path}.", "not-found", "docs/protocols/build-specification.md says how to write one.", ExitCode.NotFound);
        if (new FileInfo(path).Length > BuildSpecification.MaxBytes) throw CliException.Usage($"{path} is longer than a specification may be, {BuildSpecification.MaxBytes} bytes.", "Name fewer outputs in one build.");
        var bytes = File.ReadAllBytes(path);
        if (!BuildSpecification.TryParse(bytes, out var specification, out var error)) throw CliException.Usage($"{path}: {error}.", "docs/protocols/build-specification.md says how to write one.");
        using var json = JsonDocument.Parse(specification.ToBytes());
        return new BuildMavenRequest(MaxBytes: result.GetValue(_maxBytes), Specification: json.RootElement.Clone());
    }

    private static string[]? Some(string[]? values) => values is { Length: > 0 } ? values : null;
}
