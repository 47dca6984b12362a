import 'reflect-metadata';
import { Body, Controller, Get, Module, Post, Redirect, Session as Visitor } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createSessions, type Session } from 'sojourn';
import { SessionModule } from 'sojourn/nestjs';
import { memoryStore } from 'sojourn/stores/memory';

interface Data {
  visits: number;
  notice: string;
}

const sessions = createSessions<Data>({ store: memoryStore() });

@Controller()
class ShopController {
  @Get()
  show(@Visitor() session: Session<Data>): string {
    const visits = session.increment('visits');
    return `${session.userId ?? 'nobody'}, visit number ${visits}. ${session.get('notice', '')}`;
  }

  @Post('login')
  @Redirect('/', 303)
  async login(@Visitor() session: Session<Data>, @Body('name') name: string): Promise<void> {
    // Check the password here.
    await session.login(name);
    session.flash('notice', 'Welcome!');
  }

  @Post('logout')
  @Redirect('/', 303)
  async logout(@Visitor() session: Session<Data>): Promise<void> {
    await session.logout();
  }
}

@Module({
  imports: [SessionModule.forRoot({ sessions })],
  controllers: [ShopController],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(process.env.PORT ?? 3000);
