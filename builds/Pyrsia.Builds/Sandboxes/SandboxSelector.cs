using Pyrsia.Builds.Bubblewrap;
using Pyrsia.Builds.Docker;
using Pyrsia.Builds.Dockerfiles;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Builds.Sandboxes;

/// <summary>Which sandbox is wanted.</summary>
public enum SandboxKind
{
    /// <summary>Bubblewrap where it works, else Docker.</summary>
    Auto,

    /// <summary>Bubblewrap only.</summary>
    Bubblewrap,

    /// <summary>A Docker engine only.</summary>
    Docker,
}

/// <summary>Which program builds Dockerfiles.</summary>
public enum ImageBuilderKind
{
    /// <summary>The engine's classic builder where the sandbox is a Docker engine, else buildah.</summary>
    Auto,

    /// <summary>buildah.</summary>
    Buildah,

    /// <summary>The Docker engine's classic builder.</summary>
    Docker,

    /// <summary>The Docker engine's BuildKit.</summary>
    BuildKit,
}

/// <summary>Opens the sandbox that an operator asked for.</summary>
public static class SandboxSelector
{
    /// <summary>Whether this machine has, as far as can be told without trying, what builds Dockerfiles beside a sandbox of that kind.</summary>
    public static bool HasImageBuilder(SandboxKind kind, ImageBuilderKind builder) => builder switch
    {
        ImageBuilderKind.Auto => kind == SandboxKind.Docker || HostCommand.IsInstalled("buildah"),
        ImageBuilderKind.Buildah => HostCommand.IsInstalled("buildah"),
        _ => true,
    };

    /// <summary>Opens what builds Dockerfiles beside a sandbox.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="sandbox">The sandbox of this machine.</param>
    /// <param name="dockerSocket">The engine's unix socket.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BuildFailureException">There is nothing here that does; the message says why.</exception>
    public static async Task<IImageBuilder> OpenImageBuilderAsync(ImageBuilderKind kind, ISandbox sandbox, string dockerSocket, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sandbox);
        try
        {
            if (kind == ImageBuilderKind.Auto) kind = sandbox is DockerSandbox ? ImageBuilderKind.Docker : ImageBuilderKind.Buildah;
            return kind == ImageBuilderKind.Buildah
                ? await BuildahImageBuilder.OpenAsync(time, cancellationToken).ConfigureAwait(false)
                : await EngineImageBuilder.OpenAsync(dockerSocket, kind == ImageBuilderKind.BuildKit ? EngineBuilder.BuildKit : EngineBuilder.Classic, time, cancellationToken).ConfigureAwait(false);
        }
        catch (SandboxException e)
        {
            throw new BuildFailureException(FailureReason.ToolNotAllowed, e.Message, e);
        }
    }

    /// <summary>Opens it.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="stateDirectory">Where bubblewrap's runs keep their files.</param>
    /// <param name="dockerSocket">The engine's unix socket.</param>
    /// <param name="owner">Who this is on the engine; stays the same when the program is started again.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">There is none on this machine; the message says of each why.</exception>
    public static async Task<ISandbox> OpenAsync(SandboxKind kind, string stateDirectory, string dockerSocket, string owner, TimeProvider time, CancellationToken cancellationToken)
    {
        if (kind == SandboxKind.Docker) return await DockerSandbox.OpenAsync(dockerSocket, owner, time, cancellationToken).ConfigureAwait(false);
        try
        {
            return await BubblewrapSandbox.OpenAsync(stateDirectory, time, cancellationToken).ConfigureAwait(false);
        }
        catch (SandboxException bubblewrap) when (kind == SandboxKind.Auto)
        {
            try
            {
                return await DockerSandbox.OpenAsync(dockerSocket, owner, time, cancellationToken).ConfigureAwait(false);
            }
            catch (SandboxException docker)
            {
                throw new SandboxException($"{bubblewrap.Message} {docker.Message}", docker);
            }
        }
    }
}
