/** Keeps a mistake in one page from taking the whole application down. Leaving the page clears it. */
import { Box } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { ErrorBox } from './states';

interface Props {
  /** A change of it clears the error. */
  resetKey: string;
  children: ReactNode;
}

interface State {
  error: unknown;
  key: string;
}

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined, key: this.props.resetKey };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.resetKey === state.key ? null : { error: undefined, key: props.resetKey };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <Box p="md">
        <ErrorBox error={this.state.error} retry={() => this.setState({ error: undefined })} />
      </Box>
    );
  }
}
