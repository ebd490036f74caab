using Pyrsia.Builds.Bubblewrap;
using Pyrsia.Builds.Docker;

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

/// <summary>Opens the sandbox that an operator asked for.</summary>
public static class SandboxSelector
{
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
