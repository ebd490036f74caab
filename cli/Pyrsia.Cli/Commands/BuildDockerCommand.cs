using System.CommandLine;
using Pyrsia.Cli.Builds;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Cli.Commands;

/// <summary><c>pyrsia build docker</c>: an image from its upstream, of a Dockerfile, or of a built artifact.</summary>
internal sealed class BuildDockerCommand
{
    private readonly Option<string> _image = new("--image") { HelpName = "REF", Description = "The image, as after docker pull.", Required = true };
    private readonly Option<string[]> _platforms = new("--platform") { HelpName = "OS/ARCH", Description = "Notarized: take only this platform of an image for several. Repeatable." };
    private readonly Option<long?> _maxBytes = new("--max-bytes") { HelpName = "BYTES", Description = "Refuse an image that has more bytes in all." };
    private readonly SourceOptions _source = new();
    private readonly Option<string?> _dockerfile = new("--dockerfile") { HelpName = "PATH", Description = "From source: the Dockerfile, by its path in the folder that is built; Dockerfile unless given." };
    private readonly AssemblyOptions _assembly = new();
    private readonly Option<string?> _builder = new("--builder-image") { HelpName = "DIGEST", Description = "From source: the builder image, with which the source is fetched; the one that most authorities have unless given." };

    public Command Create(CommandLine line)
    {
        var command = new Command("docker", "Has the authorities fetch an image from its upstream, build it of a Dockerfile, or put it together of an artifact that is in the log, each by itself, and log what they agree on.") { _image, _platforms, _maxBytes };
        _source.AddTo(command);
        command.Options.Add(_dockerfile);
        command.Options.Add(_builder);
        _assembly.AddTo(command);
        BuildCommand.BindRequest(line, command, async (context, result, cancellationToken) =>
        {
            var source = await _source.ReadAsync(context, result, cancellationToken);
            var request = new BuildDockerRequest(
                result.GetValue(_image)!, result.GetValue(_platforms) is { Length: > 0 } some ? some : null, result.GetValue(_maxBytes), source?.Url, source?.Commit, source?.Tag, source?.Subdirectory,
                result.GetValue(_dockerfile), result.GetValue(_builder), _assembly.Read(result));
            return await context.Node.BuildDockerAsync(request, cancellationToken);
        });
        return command;
    }
}
